"""The verdict's table: a run that failed counts against a configuration, one of which nothing is known counts not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cladogen.evaluation import Evaluation, Status
from cladogen.meta.verdict import verdict, verdict_lines


class Reader:
    """What the verdict reads of a run whose final choice is program 3."""

    ships, best, size = 3, 3, 4

    def __init__(self, **splits: Sequence[Evaluation]) -> None:
        self.splits, self.final = splits, {"shortlist": [3]}

    def evaluations(self, split: str, number: int) -> dict[int, Sequence[Evaluation]]:
        return {number: self.splits[split]}


def ran(case: str, gain: float) -> Evaluation:
    return Evaluation("p", case, 0, Status.OK, {"gain": gain, "value": 2.0, "default": 1.0})


def failed(case: str, status: Status = Status.TIMEOUT) -> Evaluation:
    return Evaluation("p", case, 0, status, feedback="the inner run took longer")


def test_a_failed_run_lowers_the_gain_that_is_shown_as_it_does_the_test() -> None:
    rows = [ran("a/0", 0.5), ran("a/1", 0.5), failed("a/2"), failed("a/3", Status.INVALID)]
    found = verdict(Reader(train=rows, heldout=rows))  # type: ignore[arg-type]
    training, held = found.rows
    for row in (training, held, found.total):
        assert row is not None
        assert (row.gain, row.better, row.worse, row.runs, row.failed) == (-0.25, 2, 2, 4, 2)
        assert row.default == 1.0 and row.found == 2.0  # of those that have a value
    assert training.p is None and held.p is not None and held.p > 0.5
    assert "no significant improvement" in found.sentence
    assert any("-0.250" in line for line in verdict_lines(found))


def test_many_small_gains_and_one_failure_are_no_improvement() -> None:
    rows = [ran(f"a/{at}", 0.05) for at in range(12)] + [failed("a/12")]
    found = verdict(Reader(train=[ran("b/0", 0.1)], heldout=rows))  # type: ignore[arg-type]
    assert found.total is not None and found.total.gain == pytest.approx((0.6 - 1.0) / 13)
    assert "no significant improvement" in found.sentence


def test_a_run_that_the_world_failed_is_no_verdict() -> None:
    rows = [ran("a/0", 0.5), failed("a/1", Status.INFRA)]
    found = verdict(Reader(train=rows, heldout=[failed("c/0", Status.INFRA)]))  # type: ignore[arg-type]
    (row,) = found.rows
    assert (row.gain, row.runs, row.failed) == (0.5, 1, 0)
    assert found.total is None and "not measured yet" in found.sentence
