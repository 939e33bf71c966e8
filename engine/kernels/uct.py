"""UCT over a lineage: visits and values of every program with its descendants, and the walk down by
their bounds.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import cast

from cladogen.kernels import native


class UctTree:
    """Visits and values. The meaning of the C++ class.

    A program may have another child while ``children < widen * visits ** 0.5``, and gets it unless
    the bound of one of its children is above its own. ``depth_bonus * exp(-depth_decay (depth -
    1))`` favours the first steps down, ``depth_cost * sqrt(depth)`` weighs on deep ones. Work in
    flight is a visit worth the lowest value.
    """

    def __init__(
        self,
        explore: float,
        widen: float,
        depth_bonus: float,
        depth_decay: float,
        depth_cost: float,
    ) -> None:
        self._explore, self._widen = explore, widen
        self._bonus, self._decay, self._cost = depth_bonus, depth_decay, depth_cost
        self._parent: dict[int, int] = {}
        self._children: dict[int, list[int]] = {-1: []}
        self._visits: Counter[int] = Counter()
        self._total: dict[int, float] = {}
        self._here: Counter[int] = Counter()
        self._below: Counter[int] = Counter()

    def add(self, number: int, parent: int) -> None:
        """Take in a program; parent -1 makes it a root."""
        self._parent[number] = parent
        self._children[number] = []
        self._total[number] = 0.0
        self._children[parent].insert(0, number)

    def visit(self, number: int, value: float) -> None:
        """Count one more visit of a program, and of everything above it."""
        up = number
        while up >= 0:
            self._visits[up] += 1
            self._total[up] += value
            up = self._parent[up]
        self._visits[-1] += 1

    def amend(self, number: int, change: float) -> None:
        """Note that the value of a visit has changed by so much."""
        up = number
        while up >= 0:
            self._total[up] += change
            up = self._parent[up]

    def fly(self, number: int, by: int) -> None:
        """Count work in flight (1) or landed (-1)."""
        self._here[number] += by
        up = number
        while up >= 0:
            self._below[up] += by
            up = self._parent[up]

    def select(self, low: float, high: float) -> int:
        """Walk down from the roots; ``low`` and ``high`` are the range of values."""
        (node, bound), depth = self._best(-1, self._visits[-1], 1, low, high), 2
        while node >= 0 and self._children[node]:
            visits = self._visits[node] + self._below[node]
            child, child_bound = self._best(node, visits, depth, low, high)
            open_ = len(self._children[node]) + self._here[node] < self._widen * math.sqrt(visits)
            if open_ and child_bound <= bound:
                break
            node, bound, depth = child, child_bound, depth + 1
        return node

    def visits(self, number: int) -> int:
        """Return how often a program or a descendant was visited."""
        return self._visits[number]

    def total(self, number: int) -> float:
        """Return the sum of the values of those visits."""
        return self._total[number]

    def _best(
        self, parent: int, above: float, depth: int, low: float, high: float
    ) -> tuple[int, float]:
        scale = high - low if high > low else 1.0
        shift = self._bonus * math.exp(-self._decay * (depth - 1)) - self._cost * math.sqrt(depth)
        chosen, best = -1, -math.inf
        for child in self._children[parent]:
            visits = self._visits[child] + self._below[child]
            mean = (
                (self._total[child] - self._visits[child] * low) / (scale * visits)
                if visits
                else 0.0
            )
            bound = mean + self._explore * math.sqrt(math.log(above + 1) / (visits + 1)) + shift
            if bound > best:
                chosen, best = child, bound
        return chosen, best


def uct_tree(
    explore: float, widen: float, depth_bonus: float, depth_decay: float, depth_cost: float
) -> UctTree:
    """Return an empty tree, the C++ one where it was built."""
    if native is None:
        return UctTree(explore, widen, depth_bonus, depth_decay, depth_cost)
    return cast(UctTree, native.UctTree(explore, widen, depth_bonus, depth_decay, depth_cost))
