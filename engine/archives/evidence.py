"""What the results say of programs and clades: Beta posteriors where scores have a range,
Normal-Gamma where not.

Both keep own and clade evidence, draw from the posteriors (Thompson sampling) and give the quantile
a program reaches with high probability. Evidence is derived from results alone; reading it changes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels.clade import ONE, clade_tree
from cladogen.kernels.normal import normal_tree


class Evidence(Protocol):
    """Own and clade evidence of programs."""

    def add(self, number: int, parent: int) -> None:
        """Take in a program; parent -1 makes it a root."""

    def record(self, number: int, values: Mapping[str, float], failed: int) -> None:
        """Set all that is known of a program: a value per case that ran, and how many cases
        failed.
        """

    def penalize(self, number: int, failures: int) -> None:
        """Set the failures that count against choosing this program as parent, and nowhere else."""

    def fly(self, number: int, by: int, measure: bool) -> None:
        """Count work in flight (1) or landed (-1) as a virtual failure."""

    def draw_parent(self, tau: float, rng: np.random.Generator) -> int:
        """Return the eligible program whose draw is the largest; -1 when none is eligible."""

    def draw_measure(self, tau: float, rng: np.random.Generator) -> int:
        """Return the unfinished program whose draw is the largest; -1 when all are finished."""

    def quantiles(self, numbers: NDArray[np.int64], share: float) -> NDArray[np.float64]:
        """Return the value below which each program's own quality lies with probability
        ``share``.
        """

    def quantile(self, number: int, share: float) -> float | None:
        """Return the same of one program; None where the results of others move it, too."""


class BetaEvidence:
    """Utilities in [0, 1] count as fractional successes: own and clade posteriors are Beta(1+S,
    1+F).
    """

    def __init__(self, trials: int, cases: int, by_clade: bool) -> None:
        self.tree = clade_tree(trials, cases, by_clade)

    def add(self, number: int, parent: int) -> None:
        self.tree.add(number, parent)

    def record(self, number: int, values: Mapping[str, float], failed: int) -> None:
        successes = round(sum(values.values()) * ONE)
        measured = len(values) + failed
        self.tree.record(number, successes, measured * ONE - successes, measured)

    def penalize(self, number: int, failures: int) -> None:
        self.tree.penalize(number, failures)

    def fly(self, number: int, by: int, measure: bool) -> None:
        self.tree.fly(number, by, measure)

    def draw_parent(self, tau: float, rng: np.random.Generator) -> int:
        return self.tree.draw_parent(tau, int(rng.integers(1 << 63)))

    def draw_measure(self, tau: float, rng: np.random.Generator) -> int:
        return self.tree.draw_measure(tau, int(rng.integers(1 << 63)))

    def quantiles(self, numbers: NDArray[np.int64], share: float) -> NDArray[np.float64]:
        from scipy.special import betaincinv  # type: ignore[import-untyped]

        counts = np.array([self.tree.own(int(number)) for number in numbers]).reshape(-1, 2)
        distinct, where = np.unique(counts, axis=0, return_inverse=True)
        found: NDArray[np.float64] = betaincinv(
            1 + distinct[:, 0] / ONE, 1 + distinct[:, 1] / ONE, share
        )
        return found[where.reshape(-1)]

    def quantile(self, number: int, share: float) -> float | None:
        from scipy.special import betaincinv

        successes, failures = self.tree.own(number)
        return float(betaincinv(1 + successes / ONE, 1 + failures / ONE, share))


class NormalEvidence:
    """Values without a range: own and clade posteriors are Normal-Gamma around the mean of all
    values seen.

    A value counts as its difference to the first one seen on its case, so that hard cases do not
    count against the programs measured on them. A failure counts as the worst difference seen so
    far, in the measure of its time.
    """

    def __init__(self, trials: int, cases: int, by_clade: bool) -> None:
        self.tree = normal_tree(trials, cases, by_clade)
        self._first: dict[str, float] = {}
        self._worst = 0.0

    def add(self, number: int, parent: int) -> None:
        self.tree.add(number, parent)

    def record(self, number: int, values: Mapping[str, float], failed: int) -> None:
        differences = [
            value - self._first.setdefault(case, value) for case, value in values.items()
        ]
        self._worst = min([self._worst, *differences])
        differences += [self._worst] * failed
        squares = sum(difference * difference for difference in differences)
        self.tree.record(number, len(differences), sum(differences), squares, bool(values))

    def penalize(self, number: int, failures: int) -> None:
        self.tree.penalize(number, failures)

    def fly(self, number: int, by: int, measure: bool) -> None:
        self.tree.fly(number, by, measure)

    def draw_parent(self, tau: float, rng: np.random.Generator) -> int:
        return self.tree.draw_parent(tau, self._worst, int(rng.integers(1 << 63)))

    def draw_measure(self, tau: float, rng: np.random.Generator) -> int:
        return self.tree.draw_measure(tau, self._worst, int(rng.integers(1 << 63)))

    def quantiles(self, numbers: NDArray[np.int64], share: float) -> NDArray[np.float64]:
        from scipy.special import stdtrit

        sums = np.array([self.tree.own(int(number)) for number in numbers]).reshape(-1, 3)
        count, mean, shape, rate = self.tree.posterior(sums).T
        found: NDArray[np.float64] = mean + stdtrit(2 * shape, share) * np.sqrt(
            rate / (shape * count)
        )
        return found

    def quantile(self, number: int, share: float) -> float | None:
        return None  # what all programs reached is the prior of each
