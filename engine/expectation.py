"""Expectations compared with what came: the sign, and half of the size."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cladogen.evaluation import Evaluation, Status
from cladogen.proposal import Expectation

NEAR = 1e-9  # relative; what others differ by less from does not count as apart


def mean_metric(
    evaluations: Sequence[Evaluation], metric: str, cases: Collection[str] = ()
) -> float | None:
    """Return the mean of a metric over cases (each once; empty: all); None when any of them has no
    value.
    """
    values: dict[str, list[float]] = {}
    for row in evaluations:
        if (not cases or row.case in cases) and row.status is not Status.INFRA:
            if row.status is not Status.OK or metric not in row.metrics:
                return None
            values.setdefault(row.case, []).append(row.metrics[metric])
    means = [math.fsum(rows) / len(rows) for rows in values.values()]
    return math.fsum(means) / len(means) if means else None


@dataclass(frozen=True, slots=True)
class ExpectationOutcome:
    """How an expectation came out: ``right`` in its sign, ``held`` to half the size, too."""

    right: bool
    held: bool


def compare(expected: Expectation, before: float, after: float | None) -> ExpectationOutcome:
    """Compare an expectation with the metric's means over its cases; ``after`` None: no value."""
    if after is None:
        return ExpectationOutcome(right=False, held=False)
    change, actual = expected.change or 0.0, after - before
    if change == 0.0:
        return ExpectationOutcome(abs(actual) <= NEAR * max(1.0, abs(before)), actual == 0.0)
    right = actual * change > 0 and abs(actual) > NEAR * abs(before)
    return ExpectationOutcome(right, right and abs(actual) >= abs(change) / 2)
