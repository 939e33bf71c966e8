"""Drawing a number in proportion to its weight, with weights that change: a binary tree of sums.

Every inner node is recomputed from its two children, never added to: the sums depend on the weights
alone, not on the order in which they were set, and do not drift.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native


class SumTree:
    """Weights of the numbers 0, 1, ...; what was never set weighs nothing. The meaning of the C++
    class.
    """

    def __init__(self) -> None:
        self._leaves = 16
        self._tree = np.zeros(32)

    def set(self, number: int, weight: float) -> None:
        """Set one weight (finite, not negative)."""
        if number >= self._leaves:
            self._build(self._tree[self._leaves :], number + 1)
        node = self._leaves + number
        self._tree[node] = weight
        while node > 1:
            node //= 2
            self._tree[node] = self._tree[2 * node] + self._tree[2 * node + 1]

    def get(self, number: int) -> float:
        """Return one weight."""
        return float(self._tree[self._leaves + number]) if number < self._leaves else 0.0

    def total(self) -> float:
        """Return the sum of all weights."""
        return float(self._tree[1])

    def find(self, where: float) -> int:
        """Return the number under the share ``where`` (in [0, 1)) of the total; -1 when nothing
        weighs anything.
        """
        if not self.total() > 0:
            return -1
        target, node = where * self.total(), 1
        while node < self._leaves:
            left, right = self._tree[2 * node], self._tree[2 * node + 1]
            if target < left or right <= 0:
                node = 2 * node
            else:
                target -= left
                node = 2 * node + 1
        return node - self._leaves

    def assign(self, weights: NDArray[np.float64]) -> None:
        """Set the weights of 0, 1, ... at once and all others to zero."""
        self._build(np.asarray(weights, "f8"), len(weights))

    def _build(self, weights: NDArray[np.float64], count: int) -> None:
        while self._leaves < count:
            self._leaves *= 2
        level = np.zeros(self._leaves)
        level[: len(weights)] = weights
        self._tree = np.zeros(2 * self._leaves)
        start = self._leaves
        self._tree[start:] = level
        while start > 1:
            level = level[::2] + level[1::2]
            start //= 2
            self._tree[start : 2 * start] = level


def sum_tree() -> SumTree:
    """Return an empty tree of sums, the C++ one where it was built."""
    return SumTree() if native is None else cast(SumTree, native.SumTree())
