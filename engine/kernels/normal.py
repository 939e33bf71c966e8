"""The counters of clade metaproductivity for values without a range, and Thompson draws from
Normal-Gamma posteriors.

Own and clade evidence are three sums: how many results, their total, the total of their squares.
The prior is worth one result, with the mean and the variance of everything seen. The C++ class
keeps the clade sums incrementally; a draw visits every program in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native

Sums = tuple[float, float, float]


class NormalTree:
    """Own and clade sums. The meaning of the C++ class.

    A program may be chosen as parent when any of its results ran, or after ``trials`` of them.
    ``cases`` is how many results a program can have. ``by_clade`` False draws parents by their own
    results.
    """

    def __init__(self, trials: int, cases: int, by_clade: bool) -> None:
        self._trials, self._cases, self._by_clade = trials, cases, by_clade
        self._own: dict[int, Sums] = {}
        self._parent: dict[int, int] = {}
        self._ran: dict[int, bool] = {}
        self._penalty: Counter[int] = Counter()
        self._flying: Counter[int] = Counter()
        self._measuring: Counter[int] = Counter()

    def add(self, number: int, parent: int) -> None:
        """Take in a program; parent -1 makes it a root."""
        self._own[number], self._parent[number], self._ran[number] = (0.0, 0.0, 0.0), parent, False

    def record(self, number: int, count: float, total: float, squares: float, ran: bool) -> None:
        """Set a program's own sums, and whether any of its results ran."""
        self._own[number], self._ran[number] = (count, total, squares), ran

    def penalize(self, number: int, failures: int) -> None:
        """Set the failures that count against choosing this program as parent, and nowhere else."""
        self._penalty[number] = failures

    def fly(self, number: int, by: int, measure: bool) -> None:
        """Count work in flight (1) or landed (-1) as a virtual failure of the program and of every
        clade it is in.
        """
        self._measuring[number] += by if measure else 0
        up = number
        while up >= 0:
            self._flying[up] += by
            up = self._parent[up] if self._by_clade else -1

    def draw_parent(self, tau: float, worst: float, seed: int) -> int:
        """Return the eligible program with the largest draw; -1 when there is none."""
        sums = self._clades() if self._by_clade else self._own
        arms = {
            number: _with(sums[number], self._penalty[number] + self._flying[number], worst)
            for number, (count, _, _) in self._own.items()
            if self._ran[number] or count >= self._trials
        }
        return self._largest(arms, tau, seed)

    def draw_measure(self, tau: float, worst: float, seed: int) -> int:
        """Return the program with unmeasured cases that has the largest draw by own results; -1
        when there is none.
        """
        arms = {
            number: _with(sums, self._measuring[number], worst)
            for number, sums in self._own.items()
            if sums[0] + self._measuring[number] < self._cases
        }
        return self._largest(arms, tau, seed)

    def own(self, number: int) -> Sums:
        """Return a program's own sums."""
        return self._own[number]

    def clade(self, number: int) -> Sums:
        """Return the sums of a program and all its descendants."""
        return self._clades()[number]

    def posterior(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the posterior of each row of sums: results the mean is worth, mean, shape and rate
        of the precision.
        """
        seen = np.array(list(self._own.values())).reshape(-1, 3).sum(axis=0)
        prior = seen[1] / max(seen[0], 1.0)
        spread = seen[2] / max(seen[0], 1.0) - prior**2
        results, total, squares = sums.T
        average = np.divide(total, results, out=np.full_like(total, prior), where=results > 0)
        within = np.maximum(squares - results * average**2, 0.0)
        rate = (spread if spread > 0 else 1.0) + 0.5 * (
            within + results / (1 + results) * (average - prior) ** 2
        )
        return np.stack(
            [1 + results, (prior + total) / (1 + results), 1 + 0.5 * results, rate], axis=1
        )

    def _clades(self) -> dict[int, Sums]:
        clades = {number: np.zeros(3) for number in self._own}
        for number, sums in self._own.items():
            up = number
            while up >= 0:
                clades[up] += sums
                up = self._parent[up]
        return {number: (float(c), float(t), float(s)) for number, (c, t, s) in clades.items()}

    def _largest(self, arms: Mapping[int, Sums], tau: float, seed: int) -> int:
        if not arms:
            return -1
        numbers, rng = sorted(arms), np.random.default_rng(seed)
        count, mean, shape, rate = self.posterior(np.array([arms[number] for number in numbers])).T
        precision = rng.standard_gamma(tau * shape) / (tau * rate)
        draws = mean + rng.standard_normal(len(numbers)) / np.sqrt(tau * count * precision)
        return numbers[int(np.argmax(draws))]


def normal_tree(trials: int, cases: int, by_clade: bool) -> NormalTree:
    """Return an empty tree, the C++ one where it was built."""
    if native is None:
        return NormalTree(trials, cases, by_clade)
    return cast(NormalTree, native.NormalTree(trials, cases, by_clade))


def _with(sums: Sums, failures: int, worst: float) -> Sums:
    return sums[0] + failures, sums[1] + failures * worst, sums[2] + failures * worst**2
