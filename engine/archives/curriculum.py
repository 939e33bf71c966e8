"""Curriculum: a bandit over training cases, by how much each tells programs apart now.

Self-Evolving Curriculum (arXiv:2505.14970) chooses what to train on by the absolute advantage that
it gives, which is largest where about half of the answers are right. Here a case's worth is
``4 p (1 - p)``, p being the discounted share of the latest programs that solved it; where values
have no range, the share that were better than the case's mean. A case that all solve, or none,
tells nothing now and keeps the chance of the ``floor``, so that one that begins to tell is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

DECAY = 0.95  # of what is remembered of a case, at each program measured on it
FLOOR = 0.25  # the share of choices that is spread evenly


class Curriculum:
    """What each case tells. Like an archive it is a fold over results, and reading changes
    nothing.
    """

    def __init__(self, cases: Sequence[str], bounded: bool) -> None:
        self._at = {case: at for at, case in enumerate(cases)}
        self._bounded = bounded
        self._solved = np.zeros(len(cases))
        self._seen = np.zeros(len(cases))
        self._mean = np.zeros(len(cases))

    def learn(self, values: Mapping[str, float]) -> None:
        """Take in what one program reached on cases: utilities from 0 to 1, or values without a
        range.
        """
        for case, value in values.items():
            at = self._at.get(case)
            if at is None:
                continue
            solved = value if self._bounded else float(self._better(at, value))
            self._solved[at] = DECAY * self._solved[at] + solved
            self._seen[at] = DECAY * self._seen[at] + 1.0

    def _better(self, at: int, value: float) -> bool:
        """Tell whether a value is above the mean of its case so far, and let it count for that."""
        known, mean = self._seen[at], self._mean[at]
        self._mean[at] = value if not known else mean + (value - mean) / (DECAY * known + 1.0)
        return bool(known and value > mean)

    def worth(self) -> NDArray[np.float64]:
        """Return how much each case tells, from 0 to 1; one that is not known yet tells much."""
        share = (self._solved + 1.0) / (self._seen + 2.0)
        worth: NDArray[np.float64] = 4.0 * share * (1.0 - share)
        return worth

    def weights(self) -> NDArray[np.float64]:
        """Return the cases' weights, in their order, with a mean of one."""
        worth = self.worth()
        weights: NDArray[np.float64] = FLOOR + (1.0 - FLOOR) * worth / worth.mean()
        return weights

    def draw(
        self, among: NDArray[np.int64], count: int, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Return different cases, by their places, drawn by weight from some of them."""
        weights = self.weights()[among]
        chosen = rng.choice(len(among), count, replace=False, p=weights / weights.sum())
        drawn: NDArray[np.int64] = among[chosen]
        return drawn
