"""Racing: noisy programs are measured in rounds, and no further once they are shown to be worse.

After each round but the last, a child is compared with the best program by the exact one-sided
matched test on pairs of the same case. The error rate is shared out over these looks (Bonferroni),
so that a program as good as the best is given up with the stated chance at most. Racing by
sequential tests: Maron and Moore 1993 (Hoeffding races), Birattari et al. 2002 (F-Race).

The best is compared by its newest evaluations: a program that would become the best is measured
again with random seeds of its own, so its luck in becoming the best does not count.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cladogen.evaluation import Evaluation, Status
from cladogen.problem import Metric
from cladogen.problem.values import Race
from cladogen.search.matched_test import matched_test


def lost(
    race: Race, objective: Metric, rows: Sequence[Evaluation], best: Sequence[Evaluation]
) -> bool:
    """Tell whether a program with ``rows`` is shown to be worse than the best one, with its
    ``best``, at one of a race's looks. A program that failed has lost.
    """
    if any(row.status is not Status.OK for row in rows):
        return True
    pairs = differences(objective, rows, best)
    if not pairs:
        return False
    _, p = matched_test(np.array(pairs), binary=False)
    return p <= race.error / (race.rounds - 1)


def differences(
    objective: Metric, rows: Sequence[Evaluation], best: Sequence[Evaluation]
) -> list[float]:
    """Return how far the best is ahead, pair by pair: for each case a program's evaluations in
    order, against the best's from its newest backwards.
    """
    against = _values(objective, sorted(best, key=lambda row: -row.seed))
    mine = _values(objective, sorted(rows, key=lambda row: row.seed))
    return [
        theirs - own
        for case, values in mine.items()
        for own, theirs in zip(values, against.get(case, ()), strict=False)
    ]


def _values(objective: Metric, rows: Sequence[Evaluation]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for row in rows:
        if row.status is Status.OK:
            value = objective.sign * row.metrics[objective.name]
            found.setdefault(row.case, []).append(value)
    return found
