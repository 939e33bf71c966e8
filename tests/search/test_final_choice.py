"""Which program ships of those that behave alike."""

from dataclasses import replace

import pytest
from toy_world import ToyEvaluator, number, opened, problem, toy_run

from cladogen.patch import make_diff
from cladogen.program import File, Program
from cladogen.proposers.scripted import Scripted
from cladogen.search.budget import Caps


class SameOutput(ToyEvaluator):
    """Every program returns the same, and some are better all the same: they are faster."""

    def _evaluation(self, program, case, seed, fresh):
        return replace(super()._evaluation(program, case, seed, fresh), output="the output")


@pytest.fixture
def store(tmp_path):
    store = opened(tmp_path / "run")
    yield store
    store.close()


async def test_of_programs_that_return_the_same_the_fastest_ships_and_not_the_shortest(store):
    patches = [make_diff(number(0.0), number(x)) for x in (1.0, 2.99999, 1.5)]
    run = toy_run(
        store,
        Caps(proposals=3),
        archive="iid",
        evaluator=SameOutput(),
        proposer=Scripted(patches=patches),
    )
    ending = await run.search()
    assert run.record.program(ending.final.number).text("x.txt") == "2.99999\n"


def noted(x: str, note: str) -> Program:
    return Program.of({"x.txt": File(x.encode()), "note.txt": File(note.encode())})


async def test_of_equals_the_one_that_differs_least_from_the_seed_ships_and_not_the_shortest(store):
    seed = noted("0.0", "1.0 of it")
    children = (noted("2.0", "1 of it"), noted("2.0", "1.0 of it"))
    rules = replace(problem((seed,)), editable=("*.txt",))
    scripted = Scripted(patches=[make_diff(seed, child) for child in children])
    run = toy_run(store, Caps(proposals=2), archive="iid", problem=rules, proposer=scripted)
    ending = await run.search()
    assert run.record.program(ending.final.number).text("note.txt") == "1.0 of it"


class NoOutput(ToyEvaluator):
    """An evaluator of a problem's own that says nothing of outputs."""

    def _evaluation(self, program, case, seed, fresh):
        return replace(super()._evaluation(program, case, seed, fresh), output="")


async def test_best_ships_where_an_evaluator_returns_no_output_and_not_the_shortest_text(store):
    patches = [make_diff(number(0.0), number(x)) for x in (1.0, 2.99999, 1.5)]
    proposer = Scripted(patches=patches)
    run = toy_run(store, Caps(proposals=3), archive="iid", evaluator=NoOutput(), proposer=proposer)
    ending = await run.search()
    assert run.record.program(ending.final.number).text("x.txt") == "2.99999\n"
    assert {run.record.score(each).signature for each in range(4)} == {""}


class Reversed(ToyEvaluator):
    """Held-out cases on which what is worse in training is better."""

    heldout = ("c", "d", "e", "f", "g", "h")

    def _evaluation(self, program, case, seed, fresh):
        row = super()._evaluation(program, case, seed, fresh)
        if case not in self.heldout:
            return row
        return replace(row, metrics={"closeness": -row.metrics["closeness"]})


async def test_what_is_worse_than_the_seed_in_training_never_ships(store):
    patches = [make_diff(number(0.0), number(x)) for x in (-9.0, -5.0, 1.0)]
    proposer = Scripted(patches=patches)
    run = toy_run(store, Caps(proposals=3), evaluator=Reversed(), proposer=proposer)
    ending = await run.search()
    seed = run.record.score(0).fitness
    assert run.record.score(ending.final.number).fitness >= seed
