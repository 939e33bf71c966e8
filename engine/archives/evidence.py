"""What the results say of programs and clades: Beta posteriors where scores have a range, Normal-Gamma where not.

Both keep own and clade evidence, draw from the posteriors (Thompson sampling) and give the quantile a program reaches
with high probability. Evidence is derived from results alone; reading it changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.population import Column
from cladogen.kernels.clade import ONE, clade_tree


class Evidence(Protocol):
    """Own and clade evidence of programs."""

    def add(self, number: int, parent: int) -> None:
        """Take in a program; parent -1 makes it a root."""

    def record(self, number: int, values: Mapping[str, float], failed: int) -> None:
        """Set all that is known of a program: a value per case that ran, and how many cases failed."""

    def penalize(self, number: int, failures: int) -> None:
        """Set the failures that count against choosing this program as parent, and nowhere else."""

    def fly(self, number: int, by: int, measure: bool) -> None:
        """Count work in flight (1) or landed (-1) as a virtual failure."""

    def draw_parent(self, tau: float, rng: np.random.Generator) -> int:
        """Return the eligible program whose draw is the largest; -1 when none is eligible."""

    def draw_measure(self, tau: float, rng: np.random.Generator) -> int:
        """Return the unfinished program whose draw is the largest; -1 when all are finished."""

    def quantiles(self, numbers: NDArray[np.int64], share: float) -> NDArray[np.float64]:
        """Return the value below which each program's own quality lies with probability ``share``."""


class BetaEvidence:
    """Utilities in [0, 1] count as fractional successes: own and clade posteriors are Beta(1+S, 1+F)."""

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
        found: NDArray[np.float64] = betaincinv(1 + distinct[:, 0] / ONE, 1 + distinct[:, 1] / ONE, share)
        return found[where.reshape(-1)]


class NormalEvidence:
    """Values without a range: own and clade posteriors are Normal-Gamma around the mean of all values seen.

    A value counts as its difference to the first one seen on its case, so that hard cases do not count against the
    programs measured on them. A failure counts as the worst difference seen so far, in the measure of its time.
    """

    def __init__(self, trials: int, cases: int, by_clade: bool) -> None:
        self._trials, self._cases, self._by_clade = trials, cases, by_clade
        self._own = Column("f8", 0.0, 3)  # results, their sum, the sum of their squares
        self._clade = Column("f8", 0.0, 3)
        self._parent = Column("i4", -1)
        self._measured = Column("i4", 0)
        self._ran = Column("?", False)
        self._penalty = Column("i4", 0)
        self._first: dict[str, float] = {}
        self._total = np.zeros(3)
        self._worst = 0.0
        self._size = 0
        self._flying: Counter[int] = Counter()
        self._measuring: Counter[int] = Counter()

    def add(self, number: int, parent: int) -> None:
        self._parent[number] = parent
        for column in (self._own, self._clade, self._measured, self._ran, self._penalty):
            column.reserve(number + 1)
        self._size = max(self._size, number + 1)

    def record(self, number: int, values: Mapping[str, float], failed: int) -> None:
        differences = np.array([value - self._first.setdefault(case, value) for case, value in values.items()])
        if len(differences):
            self._worst = min(self._worst, float(differences.min()))
        differences = np.append(differences, np.full(failed, self._worst))
        own = np.array([len(differences), differences.sum(), np.square(differences).sum()])
        more = own - self._own[number]
        self._own[number] = own
        self._measured[number] = len(differences)
        self._ran[number] = bool(values)
        self._total += more
        up = number
        while up >= 0:
            self._clade[up] = self._clade[up] + more
            up = int(self._parent[up])

    def penalize(self, number: int, failures: int) -> None:
        self._penalty[number] = min(failures, 1 << 30)

    def fly(self, number: int, by: int, measure: bool) -> None:
        if measure:
            _bump(self._measuring, number, by)
        up = number
        while up >= 0:
            _bump(self._flying, up, by)
            up = int(self._parent[up]) if self._by_clade else -1

    def draw_parent(self, tau: float, rng: np.random.Generator) -> int:
        eligible = np.flatnonzero(self._ran.array[: self._size] | (self._measured.array[: self._size] >= self._trials))
        sums = (self._clade if self._by_clade else self._own).array[eligible]
        against = self._penalty.array[eligible] + _at(eligible, self._flying)
        return self._largest(eligible, sums, against, tau, rng)

    def draw_measure(self, tau: float, rng: np.random.Generator) -> int:
        room = self._cases - self._measured.array[: self._size]
        for number, flying in self._measuring.items():
            room[number] -= flying
        unfinished = np.flatnonzero(room > 0)
        against = _at(unfinished, self._measuring)
        return self._largest(unfinished, self._own.array[unfinished], against, tau, rng)

    def quantiles(self, numbers: NDArray[np.int64], share: float) -> NDArray[np.float64]:
        from scipy.special import stdtrit

        count, mean, shape, rate = self._posterior(self._own.array[numbers])
        found: NDArray[np.float64] = mean + stdtrit(2 * shape, share) * np.sqrt(rate / (shape * count))
        return found

    def _largest(
        self,
        numbers: NDArray[np.int64],
        sums: NDArray[np.float64],
        against: NDArray[np.float64],
        tau: float,
        rng: np.random.Generator,
    ) -> int:
        if not len(numbers):
            return -1
        worst = np.array([1.0, self._worst, self._worst**2])
        results, mean, shape, rate = self._posterior(sums + against[:, None] * worst)
        precision = rng.standard_gamma(tau * shape) / (tau * rate)
        draws = mean + rng.standard_normal(len(numbers)) / np.sqrt(tau * results * precision)
        return int(numbers[int(np.argmax(draws))])

    def _posterior(self, sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        # The prior is worth one result: the mean and variance of everything seen.
        seen = max(float(self._total[0]), 1.0)
        prior = float(self._total[1]) / seen
        variance = max(float(self._total[2]) / seen - prior**2, 0.0) or 1.0
        results, total, squares = sums.T
        mean = (prior + total) / (1 + results)
        average = np.divide(total, results, out=np.full_like(total, prior), where=results > 0)
        spread = np.maximum(squares - results * average**2, 0.0)
        rate = variance + 0.5 * (spread + results / (1 + results) * (average - prior) ** 2)
        return 1 + results, mean, 1 + 0.5 * results, rate


def _at(numbers: NDArray[np.int64], counts: Mapping[int, int]) -> NDArray[np.float64]:
    found = np.zeros(len(numbers))
    for number, count in counts.items():
        found[numbers == number] = count
    return found


def _bump(counter: Counter[int], number: int, by: int) -> None:
    counter[number] += by
    if not counter[number]:
        del counter[number]
