"""Gains: what a proposal is credited with, and what it is not."""

from __future__ import annotations

import pytest

from cladogen.archives.base import Result
from cladogen.evaluation import Score, Status
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.gain import Gains
from cladogen.task import Propose


def gain(
    gains: Gains, outcome: Outcome, before: float, after: float | None, signature: str = ""
) -> float:
    proposal = Proposal(1, "constant", (0,), "a patch", parent_fitness=before)
    score = None if after is None else Score(Status.OK, after, signature=signature)
    return gains.of(proposal, Result(Propose(1, (0,)), outcome, 1, (0,), score))


def test_proposing_a_known_program_again_gains_nothing_however_good_it_is() -> None:
    gains = Gains()
    assert gain(gains, Outcome.DUPLICATE, 1.0, 2.0) == 0.0
    assert gain(gains, Outcome.ACCEPTED, 1.0, 2.0) > 0.0


def test_a_duplicate_does_not_move_the_scale_that_others_are_measured_on() -> None:
    plain, crowded = Gains(), Gains()
    for _ in range(50):
        gain(crowded, Outcome.DUPLICATE, 1.0, 100.0)
    assert gain(plain, Outcome.ACCEPTED, 1.0, 2.0) == gain(crowded, Outcome.ACCEPTED, 1.0, 2.0)


def test_what_a_known_program_returned_gains_nothing_although_nobody_called_it_a_duplicate() -> (
    None
):
    gains = Gains()
    assert gain(gains, Outcome.ACCEPTED, 1.0, 2.0, "the outputs") > 0.0
    assert gain(gains, Outcome.ACCEPTED, 0.5, 2.0, "the outputs") == 0.0


def test_a_faster_program_gains_though_it_returns_what_is_known() -> None:
    gains = Gains()
    gain(gains, Outcome.ACCEPTED, -3.0, -2.0, "the outputs")
    assert gain(gains, Outcome.ACCEPTED, -2.0, -1.0, "the outputs") > 0.0


def test_a_new_best_counts_twice_what_another_improvement_counts() -> None:
    gains = Gains()
    first = gain(gains, Outcome.ACCEPTED, 1.0, 2.0)
    assert gain(gains, Outcome.ACCEPTED, 0.5, 1.5) == pytest.approx(first / 2)


@pytest.mark.parametrize("after", [None, 0.5, 1.0, float("inf")])
def test_what_is_no_finite_improvement_gains_nothing(after: float | None) -> None:
    assert gain(Gains(), Outcome.ACCEPTED, 1.0, after) == 0.0
