"""What prompts keep from one to the next changes none of them: each is the one that would be built anew."""

from __future__ import annotations

import random
import re
from copy import deepcopy
from dataclasses import replace

import pytest
from model_world import model_run, searched
from provider.acts import Answer
from provider.server import FakeProvider
from toy_world import ToyEvaluator, number, opened, problem

from cladogen.archives.options import make_archive
from cladogen.evaluation import Status
from cladogen.prompts import operators
from cladogen.prompts.context import Context
from cladogen.prompts.prompter import Prompter
from cladogen.search.budget import Caps

SHOWN = re.compile(r"^x\.txt\n```\n(.*)\n```", re.MULTILINE)
OPERATORS = "diff=3,rewrite=1,cross=3,revise=3,refine=3,transfer=3,paradigm=3"


class Cases(ToyEvaluator):
    """Each case has its own best number, so that programs differ case by case; some numbers fail."""

    train = ("a", "b", "c", "d")

    def _evaluation(self, program, case, seed, fresh):
        made = super()._evaluation(program, case, seed, fresh)
        value = float(program.text("x.txt"))
        if round(value * 100) % 7 == 3:
            return replace(made, status=Status.CRASH, metrics={}, output="", feedback="it broke")
        best = 1.0 + self.train.index(case)
        return replace(made, metrics={"closeness": round(-((value - best) ** 2), 1)})


def scripted(seed):
    """Answer with whole files, diffs, and what cannot be applied."""
    draw = random.Random(seed)

    def act(seen):
        shown = SHOWN.search(seen.prompt)
        old = shown[1] if shown else "0.0"
        new = round(float(old) + draw.gauss(0.2, 0.8), draw.choice((1, 2, 6)))
        said = f"Idea: go to {new} by way {draw.randrange(4)}\nExpect: closeness +0.5 on a, b\n\n"
        if draw.random() < 0.4:
            return Answer(f"{said}### x.txt\n```\n{new!r}\n```\n")
        if draw.random() < 0.2:
            old = "no such line"
        return Answer(
            f"{said}```diff\n--- a/x.txt\n+++ b/x.txt\n@@ -1 +1 @@\n-{old}\n+{new!r}\n```\n"
        )

    return act


@pytest.mark.parametrize("archive", ["map_elites", "iid"])
async def test_every_prompt_of_a_run_is_the_one_that_would_be_built_anew(tmp_path, archive):
    seeds = problem((number(0.0), number(5.0)))
    compared = []
    with FakeProvider(scripted(1)) as provider:
        store = opened(tmp_path / "run")
        run = model_run(store, provider.url, Caps(proposals=70), problem_=seeds, evaluator=Cases(),
                        operators=OPERATORS)  # fmt: skip
        if archive == "iid":
            run.archive = make_archive(archive, seeds.space(Cases.train), None)
        proposer = run.proposer
        kept, plan_kept = proposer.prompter.messages, proposer._plan

        def anew(context):
            return Context(context.problem, context.record, context.surroundings, context.alone, context.made,
                           context.expected, pending=context.pending)  # fmt: skip

        def planned(operator, wording, task, context, rng):
            again = deepcopy(rng)
            cold = anew(context)
            odds = proposer.options.operator_odds(operators.ODDS)
            can = [
                operators.possible(task, each, stagnant=True, odds=odds) for each in (context, cold)
            ]
            made = plan_kept(operator, wording, task, context, rng)
            assert can[0] == can[1]
            assert made == plan_kept(operator, wording, task, cold, again)
            return made

        def messages(plan, context, model, form):
            cold = Prompter(seeds, proposer.options, proposer.log, budget=proposer.models.budget)
            made = kept(plan, context, model, form)
            assert made == cold.messages(plan, anew(context), model, form)
            compared.append(plan.operator)
            return made

        proposer.prompter.messages, proposer._plan = messages, planned
        await searched(run)
        store.close()
    assert len(compared) > 50
    assert len(set(compared)) > (5 if archive == "map_elites" else 2)
