"""The toy world with a model: a run whose proposals come through litellm from the fake provider.

As a script, ``python model_world.py FOLDER PROPOSALS URL [WORKERS] [OPTION=VALUE ...]`` starts or resumes such a
run.
"""

import asyncio
import random
import re
import sys
from pathlib import Path

from provider.acts import Answer, Script, Seen
from toy_world import ToyEvaluator, opened, problem, toy_run

from cladogen.events import Silent
from cladogen.models.limiter import Patience
from cladogen.proposers.model import ModelProposer
from cladogen.record.call_sums import SummedCalls
from cladogen.record.store import Store
from cladogen.run import Run
from cladogen.search.budget import Budget, Caps
from cladogen.search.checkpoints import EVERY

QUICK = Patience(attempts=4, first_s=0.001, longest_s=0.002, idle_s=10.0, deadline_s=60.0)
NAME = "Own/Toy-7b"
SHOWN = re.compile(r"^x\.txt\n```\n(.*)\n```", re.MULTILINE)


def step_reply(value: str, change: float) -> str:
    """Return a reply that changes the number by a diff."""
    new = round(float(value) + change, 6)
    return (
        f"Idea: go to {new}\nExpect: closeness +0.1 on all\n\n"
        f"```diff\n--- a/x.txt\n+++ b/x.txt\n@@ -1 +1 @@\n-{value}\n+{new!r}\n```\n"
    )


def stepping(seed: int = 0) -> Script:
    """Answer every prompt with a step of the number it shows, up or down."""
    random_ = random.Random(seed)

    def act(seen: Seen) -> Answer:
        if "You keep the notes" in seen.prompt:
            return Answer("- small steps work")
        shown = SHOWN.search(seen.prompt)
        return Answer(step_reply(shown[1] if shown else "0.0", random_.gauss(0.1, 0.7)))

    return act


def model_run(store: Store, url: str, caps: Caps, *, workers: int = 1, seed: int = 0, problem_=None, evaluator=None,
              expected=None, checkpoint_every=EVERY, **options) -> Run:  # fmt: skip
    """Return a run of the toy world whose proposer asks the model at ``url``; its proposer is to be closed.
    ``expected`` is how many proposals it paces itself by.
    """
    problem_, evaluator, observer = problem_ or problem(), evaluator or ToyEvaluator(), Silent()
    budget = Budget(caps)
    expected = budget.proposals_expected = None if expected is None else int(expected)
    options = {"price": f"{NAME}=1,4,0.1", "output": 400, "notes_every": 0, **options}
    proposer = ModelProposer(
        problem_, evaluator, models=[(NAME, 1.0)], api_base=url, budget=budget, calls=SummedCalls(store),
        notify=observer.notice, patience=QUICK, **options,
    )  # fmt: skip
    return toy_run(store, caps, workers=workers, seed=seed, proposer=proposer, problem=problem_, evaluator=evaluator,
                   budget=budget, observer=observer, expected=expected,
                   checkpoint_every=int(checkpoint_every))  # fmt: skip


async def searched(run: Run):
    """Search, and close what the proposer holds."""
    try:
        return await run.search()
    finally:
        await run.proposer.close()


if __name__ == "__main__":
    folder, proposals, url = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    workers, given = (
        int((sys.argv[4:] or ["1"])[0]),
        dict(word.split("=", 1) for word in sys.argv[5:]),
    )
    store_ = opened(folder)
    print("started", flush=True)
    run_ = model_run(store_, url, Caps(proposals=proposals), workers=workers, **given)
    asyncio.run(searched(run_))
    store_.close()
