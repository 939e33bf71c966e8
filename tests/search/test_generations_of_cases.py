"""Generations of cases: when there is none, and what it takes of the evaluations."""

from dataclasses import replace
from pathlib import Path

import pytest
from toy_world import Stepper, ToyEvaluator, number, opened, problem, toy_run

from cladogen.evaluation import Status
from cladogen.problem.coevolution import CoevolutionSettings, Gene
from cladogen.search.budget import Caps
from cladogen.search.generators import verdict
from cladogen.search.world import StillAway

FIRST = (number(0.0),)
RULES = CoevolutionSettings((Gene("x", 0.0, 1.0, False),), every=1000, population=4)


class Evolving(ToyEvaluator):
    """Takes any cases. ``before`` is called before each program that is run on those that evolve;
    ``rows`` counts what was run on them.
    """

    def __init__(self, status_of=lambda x: Status.OK) -> None:
        super().__init__(status_of)
        self.before = lambda: None
        self.rows = 0

    async def admit(self, cases, references):
        return {}

    async def evaluate(self, program, cases=None, **how):
        if evolved := bool(cases) and cases[0].startswith("evolved-"):
            self.before()
        rows = await super().evaluate(program, cases, **how)
        self.rows += evolved * len(rows)
        return rows


@pytest.fixture
def store(tmp_path: Path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


def searching(store, evaluator, caps, seeds=FIRST, rules=RULES):
    task = replace(problem(seeds), coevolution=rules)
    return toy_run(
        store, caps, problem=task, evaluator=evaluator, proposer=Stepper(), coevolve=True
    )


async def test_run_whose_first_seed_fails_goes_on_without_generations_of_cases(store):
    evaluator = Evolving(lambda x: Status.CRASH if x == 0.0 else Status.OK)
    seeds = tuple(number(value) for value in (0.0, 1.0, 2.0, 2.5))
    run = searching(store, evaluator, Caps(proposals=8), seeds, replace(RULES, every=2))
    assert (await run.search()).stop.kind == "proposals"
    judged = [each for event in store.events("cases") for each in event.body["judged"]]
    assert judged and {each["verdict"] for each in judged} == {"the seed program has no score"}
    assert not evaluator.rows, "nothing is run for cases of which none can be kept"


def test_case_that_the_seed_was_not_run_on_is_not_kept():
    assert verdict(problem().objective, {1: 1.0, 2: 0.5}) == "the seed program fails"


async def test_generation_keeps_what_it_reserved_until_its_last_program_is_run(store):
    evaluator = Evolving()
    run = searching(store, evaluator, Caps(proposals=6, evaluations=500))
    await run.search()
    before, left = run.budget.evaluations_left(), []
    evaluator.before = lambda: left.append(run.budget.evaluations_left())
    body = await run.cases.pass_generation()
    assert len(left) == 4 and set(left) == {before - 4 * RULES.population}
    assert run.budget.evaluations_left() == before - body["evaluations"]
    assert not run.budget.evaluations.in_flight


async def test_evaluations_of_a_generation_that_was_broken_off_are_counted(store):
    evaluator = Evolving()
    run = searching(store, evaluator, Caps(proposals=6, evaluations=500))
    await run.search()
    before, programs = run.budget.evaluations_left(), iter(range(10))

    def away():
        if next(programs) == 2:
            raise StillAway("docker: no daemon answers")

    evaluator.before = away
    with pytest.raises(StillAway):
        await run.cases.pass_generation()
    assert evaluator.rows == 2 * RULES.population
    assert run.budget.evaluations_left() == before - evaluator.rows
    assert not run.budget.evaluations.in_flight, "nobody waits for what is over"
    await run.cases.pass_generation()
    handed = sum(map(len, run.cases.made.values()))
    assert evaluator.rows == 6 * RULES.population
    assert run.budget.evaluations_left() == before - evaluator.rows + handed
