"""When an edit made a program worse: by more than the noise of the seed program explains."""

from __future__ import annotations

import math

from cladogen.evaluation import Score, noise
from cladogen.problem import Problem
from cladogen.record.base import Record

NOISES = 3.0  # standard deviations of the seed program that a change must exceed


def paired_change(before: Score, after: Score) -> float | None:
    """Return the mean change over the cases that both scores have, None where there is none; as
    shares of success where one of the programs fails on some case.
    """
    whole = bool(before.cases and after.cases)
    old, new = (before.cases, after.cases) if whole else (before.utilities, after.utilities)
    changes = [new[name] - old[name] for name in new if name in old]
    return math.fsum(changes) / len(changes) if changes else None


def beyond_noise(change: float | None, seed_noise: float) -> bool:
    """Tell whether a change is a loss that noise does not explain."""
    return change is not None and change < -NOISES * seed_noise


def regressed(record: Record, problem: Problem, number: int) -> bool:
    """Tell whether a program is worse than its first parent, beyond noise."""
    parents = record.node(number).parents
    scores = list(map(record.score, (*parents[:1], number)))
    if len(scores) < 2 or scores[0] is None or scores[1] is None:
        return False
    spread = noise(record.evaluations(0), lambda rows: problem.score(rows).fitness)
    return beyond_noise(paired_change(scores[0], scores[1]), spread)
