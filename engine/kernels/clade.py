"""The counters of clade metaproductivity: own results of each program, and of each with all its
descendants.

Counts are fixed-point integers (``ONE`` is one result): adding and taking back is exact, and clade
sums do not depend on the order of results. The C++ class keeps the clade sums and its Thompson
draws incrementally; the reference here derives them anew each time, plainly. The two agree in every
count exactly, and in draws by distribution.
"""

from __future__ import annotations

from collections import Counter
from typing import cast

import numpy as np

from cladogen.kernels import native

ONE = 1 << 20


class CladeTree:
    """Own and clade counters. The meaning of the C++ class.

    A program may be chosen as parent after its first success, or after ``trials`` results without
    one. ``cases`` is how many results a program can have. ``by_clade`` False draws parents by their
    own counts.
    """

    def __init__(self, trials: int, cases: int, by_clade: bool) -> None:
        self._trials, self._cases, self._by_clade = trials, cases, by_clade
        self._own: dict[int, tuple[int, int]] = {}
        self._parent: dict[int, int] = {}
        self._measured: Counter[int] = Counter()
        self._penalty: Counter[int] = Counter()
        self._flying: Counter[int] = Counter()
        self._measuring: Counter[int] = Counter()

    def add(self, number: int, parent: int) -> None:
        """Take in a program; parent -1 makes it a root."""
        self._own[number] = (0, 0)
        self._parent[number] = parent

    def record(self, number: int, successes: int, failures: int, measured: int) -> None:
        """Set a program's own counts (fixed-point) and on how many cases it was measured."""
        self._own[number] = (successes, failures)
        self._measured[number] = measured

    def penalize(self, number: int, failures: int) -> None:
        """Set the failures that count against choosing this program as parent, and nowhere else."""
        self._penalty[number] = failures

    def fly(self, number: int, by: int, measure: bool) -> None:
        """Count work in flight (1) or landed (-1): a virtual failure of the program and of every
        clade it is in.
        """
        self._flying[number] += by
        self._measuring[number] += by if measure else 0

    def draw_parent(self, tau: float, seed: int) -> int:
        """Return the eligible program with the largest draw of Beta(tau(1+S), tau(1+F)); -1 when
        there is none.
        """
        flying = self._summed({number: (0, count) for number, count in self._flying.items()})
        counts = self._summed(self._own) if self._by_clade else self._own
        arms = {}
        for number in self._own:
            if self.eligible(number):
                successes, failures = counts[number]
                virtual = flying[number][1] if self._by_clade else self._flying[number]
                arms[number] = (successes, failures + ONE * (virtual + self._penalty[number]))
        return _largest(arms, tau, seed)

    def draw_measure(self, tau: float, seed: int) -> int:
        """Return the program with unmeasured cases that has the largest draw by own counts; -1 when
        there is none.
        """
        arms = {
            number: (successes, failures + ONE * self._measuring[number])
            for number, (successes, failures) in self._own.items()
            if self._measured[number] + self._measuring[number] < self._cases
        }
        return _largest(arms, tau, seed)

    def own(self, number: int) -> tuple[int, int]:
        """Return a program's own successes and failures."""
        return self._own[number]

    def clade(self, number: int) -> tuple[int, int]:
        """Return the successes and failures of a program and all its descendants."""
        return self._summed(self._own)[number]

    def eligible(self, number: int) -> bool:
        """Return whether a program may be a parent."""
        successes, failures = self._own[number]
        return successes > 0 or failures >= self._trials * ONE

    def memory(self) -> int:
        """Return the bytes held; not known here."""
        return 0

    def _summed(self, own: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
        clade = {number: [0, 0] for number in self._own}
        for number, (successes, failures) in own.items():
            up = number
            while up >= 0:
                clade[up][0] += successes
                clade[up][1] += failures
                up = self._parent[up]
        return {number: (counts[0], counts[1]) for number, counts in clade.items()}


def clade_tree(trials: int, cases: int, by_clade: bool) -> CladeTree:
    """Return an empty tree, the C++ one where it was built."""
    if native is None:
        return CladeTree(trials, cases, by_clade)
    return cast(CladeTree, native.CladeTree(trials, cases, by_clade))


def _largest(arms: dict[int, tuple[int, int]], tau: float, seed: int) -> int:
    if not arms:
        return -1
    numbers = sorted(arms)
    counts = np.array([arms[number] for number in numbers]) / ONE
    draws = np.random.default_rng(seed).beta(tau * (1 + counts[:, 0]), tau * (1 + counts[:, 1]))
    return numbers[int(np.argmax(draws))]
