"""A large run without the time it takes: a short real one, and then rows written as a run writes them.

python tests/benchmarks/large_run.py FOLDER [--programs 100000] [--problem problems/online_bin_packing] [--model]

With --model its programs are a model's (a server on loopback that answers nothing of use gives the first few), each
with a call of some 6 KB in the record.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from provider.acts import Answer
from provider.server import FakeProvider

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.models.calls import CallStatus, Message, Reply, Request, prompt_text
from cladogen.patch import make_diff
from cladogen.problem import load
from cladogen.program import Node, Program
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.record.memory import ScoreOf
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.result import Result, Standing
from cladogen.task import Propose

BATCH = 2000  # programs of one transaction
MODEL = "Own/Large-7b"
RULES = "\n".join(
    f"{line}. Of each change say what it is for, and what it may cost." for line in range(50)
)
YOUNG = 400  # a child's parent is at most so many programs older


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--programs", type=int, default=100_000)
    parser.add_argument("--problem", default="problems/online_bin_packing")
    parser.add_argument("--model", action="store_true")
    args = parser.parse_args()
    make(args.folder, args.programs, args.problem, with_model=args.model)


def make(folder: Path, programs: int, problem: str, *, with_model: bool = False) -> None:
    """Make a run of so many programs that goes on as any other."""
    command = [sys.executable, "-m", "cladogen.cli.main", "run", problem, "--run", str(folder)]
    options = ["--sandbox", "local", "--max-proposals", "12", "--workers", "1"]
    with FakeProvider(lambda seen: Answer("I would leave it as it is.")) as provider:
        asked = ["--model", MODEL, "--api-base", provider.url] if with_model else []
        price = ["--proposer-option", f"price={MODEL}=1,4"] if with_model else []
        subprocess.run([*command, *options, *asked, *price], check=True, stdout=subprocess.DEVNULL)
    store = Store.open(folder, write=True)
    extend(store, programs, load(folder / "problem", seeds=False).score, with_model=with_model)
    end(store, programs - 1)
    store.close()


def end(store: Store, ships: int) -> None:
    """Write that the run ended, and what ships."""
    shortlist = [ships, *range(min(4, ships))]
    store.add_event("final", {"number": ships, "sentence": "it ships", "shortlist": shortlist})
    store.add_event("end", {"kind": "proposals", "text": "all proposals made", "best": ships})


def extend(store: Store, programs: int, score_of: ScoreOf, *, with_model: bool = False) -> None:
    """Add children of children, each a little different from its parent, until there are so many."""
    calls = StoredCalls(store) if with_model else None
    rng = np.random.default_rng(0)
    first, ticket = store.program_count(), store.next_ticket()
    rows = tuple(each.evaluation for each in store.evaluations(0))
    recent = {number: store.program(number) for number in range(first)}
    for begin in range(first, programs, BATCH):
        with store.transaction():
            for number in range(begin, min(begin + BATCH, programs)):
                parent = max(0, number - 1 - int(rng.integers(YOUNG)))
                child = changed(recent[parent], number)
                recent[number] = child
                recent.pop(number - 2 * YOUNG, None)
                made = tuple(evaluated(row, child.id, rng) for row in rows)
                node = Node(number, child.id, (parent,), ticket)
                proposal = proposed(store, calls, node, recent[parent], child)
                add(store, node, proposal, child, made, score_of(made))
                ticket += 1


def changed(parent: Program, number: int) -> Program:
    """Return a program with another last line in its first file."""
    path = next(iter(parent.files))
    kept = [line for line in parent.text(path).splitlines() if not line.startswith("# program ")]
    return parent.replace({path: "\n".join([*kept, f"# program {number}", ""]).encode()})


def evaluated(row: Evaluation, program: str, rng: np.random.Generator) -> Evaluation:
    """Return another program's evaluation on the same case."""
    factor = float(rng.uniform(0.95, 1.3))
    metrics = {name: value * factor for name, value in row.metrics.items()}
    return replace(row, program=program, status=Status.OK, metrics=metrics,
                   output=f"{rng.integers(1 << 62):064x}")  # fmt: skip


def proposed(
    store: Store, calls: StoredCalls | None, node: Node, parent: Program, child: Program
) -> Proposal:
    """Return the proposal of a program, its call recorded where a model made it."""
    patch, summary = make_diff(parent, child), f"make it program {node.number}"
    if calls is None:
        return Proposal(node.ticket, "mutate", node.parents, patch, summary=summary)
    said = f"Idea: {summary}\n\n```diff\n{patch}```\n"
    messages = (Message("system", RULES), Message("user", f"{summary}\n{RULES}\n{patch}"))
    wording = str(1 + node.number % 2)
    request = Request(node.ticket, 0, "diff", MODEL, messages, f'{{"wording": "{wording}"}}')
    cost = Cost(0.002, 1500, 120, 0, 1)
    number = calls.begin(request, 0, 0.07, soon=True)
    calls.finish(
        number, Reply(CallStatus.REPLIED, said, finish="stop", seconds=0.1), cost, soon=True
    )
    return Proposal(
        node.ticket, "diff", node.parents, patch, model=MODEL, form="diff", wording=wording,
        prompt=prompt_text(messages), reply=said, cost=cost, summary=summary,
        parent_fitness=store.fitness_of(node.parents[0]),
    )  # fmt: skip


def add(
    store: Store, node: Node, proposal: Proposal, child: Program, rows: tuple[Evaluation, ...],
    score: Score,
) -> None:  # fmt: skip
    """Write all that a run writes of one program."""
    task = Propose(node.ticket, node.parents)
    store.add_task(task)
    store.add_proposal(proposal, 0)
    store.add_program(child, node, 0, child.id.encode()[:16])
    store.add_evaluations(node.number, node.ticket, rows)
    result = Result(task, Outcome.ACCEPTED, node.number, node.parents, score, rows)
    store.add_result(result, 0, Standing.NEW)


if __name__ == "__main__":
    main()
