"""Rounding noise is no difference between programs: the last bits of a score decide nothing."""

import math
from dataclasses import replace

import pytest
from toy_world import Stepper, number, opened, problem, tally, toy_run

from cladogen.evaluation import Evaluation, Status
from cladogen.events import Silent
from cladogen.ledger import Caps
from cladogen.patch import make_diff
from cladogen.problem import Metric
from cladogen.problem.aggregate import score
from cladogen.problem.rounding import settled
from cladogen.proposal import Proposal
from cladogen.settings import Settings

PLAIN = Metric("closeness")
SHARE = Metric("solved", low=0.0, high=1.0)


@pytest.mark.parametrize("value", [2.635862749, -0.0123456789, 1e-30, -8.41, 0.1])
def test_values_that_differ_in_their_last_bits_are_one_value(value):
    near = [value, *(value * (1 + bits * 2.0**-52) for bits in (-3, -1, 1, 3))]
    assert len({settled(PLAIN, each) for each in near}) == 1
    assert settled(PLAIN, value) != settled(PLAIN, value * (1 + 1e-9))


def test_whole_numbers_are_exact_however_large():
    values = [float(10**15 + more) for more in range(5)]
    assert [settled(PLAIN, value) for value in values] == values


def test_what_is_nothing_beside_a_metrics_range_is_nothing():
    assert settled(SHARE, 1.1e-16) == 0.0 and settled(SHARE, 1 - 1.1e-16) == 1.0
    assert settled(PLAIN, 1.1e-16) > 0.0  # without a range nothing says that this is small
    assert settled(replace(SHARE, high=1e6), 3e-9) == 0.0
    assert math.isinf(settled(PLAIN, math.inf))


def rows(values: dict[str, float]) -> list[Evaluation]:
    return [
        Evaluation("p", case, 0, Status.OK, {"closeness": value}) for case, value in values.items()
    ]


def test_mean_of_whole_numbers_tells_one_step_apart_however_large():
    cases = {"a": 1e13, "b": 2e13, "c": 4e13}
    one = score(problem(), rows(cases))
    other = score(problem(), rows(cases | {"c": 4e13 + 1}))
    assert other.fitness > one.fitness


def test_score_by_case_and_by_objective_has_no_noise_and_metrics_are_as_measured():
    one = score(problem(), rows({"a": 0.1 + 0.2, "b": 0.5}))
    other = score(problem(), rows({"a": 0.3, "b": 0.5}))
    assert (one.fitness, one.cases, one.objectives) == (
        other.fitness,
        other.cases,
        other.objectives,
    )
    assert score(problem(), rows({"a": 0.1 + 0.2})).metrics == {"closeness": 0.1 + 0.2}
    exact = replace(problem(), to_the_bit=True)
    assert score(exact, rows({"a": 0.1 + 0.2})).fitness == 0.1 + 0.2


class Creeper(Stepper):
    """Makes a program that is better in the last bits only, each time."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 0.1

    async def propose(self, task, record, rng) -> Proposal:
        self.last *= 1 + 2.0**-46
        parent = record.program(task.parents[0])
        return Proposal(
            task.ticket, "step", task.parents, make_diff(parent, number(self.last)),
            parent_fitness=record.score(task.parents[0]).fitness,
        )  # fmt: skip


class Heard(Silent):
    def __init__(self) -> None:
        self.better = 0

    def told(self, event, progress) -> None:
        self.better += event.best


@pytest.mark.parametrize("to_the_bit", [False, True])
async def test_gain_of_one_bit_is_no_new_best_for_screen_patience_credit_or_archive(
    tmp_path, to_the_bit
):
    store, heard = opened(tmp_path / "run"), Heard()
    world = replace(problem([number(0.1)]), to_the_bit=to_the_bit)
    run = toy_run(
        store, Caps(proposals=12, patience=4), problem=world, proposer=Creeper(), observer=heard
    )
    ending = await run.search()
    best = (run.overview.best(), run.archive.shortlist(1)[0])
    if to_the_bit:  # as earlier versions counted; their runs stay what they were
        assert heard.better > 1 and best[0] > 0 and ending.stop.kind == "proposals"
    else:
        assert heard.better <= 1 and best == (0, 0) and ending.stop.kind == "patience"
        assert tally(run).total().records <= 1 and tally(run).total().better == 0
    store.close()


def test_runs_of_earlier_versions_are_compared_to_the_bit_and_new_ones_are_not():
    made = Settings().to_json()
    assert not Settings.from_json(made).to_the_bit
    del made["to_the_bit"]
    old = Settings.from_json(made)
    assert old.to_the_bit and old.continued(Settings(), "run").to_the_bit
