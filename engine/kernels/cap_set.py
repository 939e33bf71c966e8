"""Cap sets in Z_3^n by greedy choice: the NumPy meaning of ``csrc/cap_set.cpp``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native

MOST_DIMENSIONS = 12


def greedy_cap(order: NDArray[np.int32], dimension: int) -> NDArray[np.int32]:
    """Return the vectors that a walk in ``order`` keeps: each that makes no line with two kept
    before it.

    A vector is the number whose base-3 digits are its coordinates (the last one counts least).
    ``order`` may name each at most once.
    """
    if not 1 <= dimension <= MOST_DIMENSIONS:
        raise ValueError(f"dimension must be in 1..{MOST_DIMENSIONS}, got {dimension}")
    if order.ndim != 1 or len(np.unique(order)) < len(order):
        raise ValueError("order must be a list of different vectors")
    if order.size and (order.min() < 0 or order.max() >= 3**dimension):
        raise ValueError(f"order holds a number outside 0..{3**dimension - 1}")
    order = np.ascontiguousarray(order, np.int32)
    if native is None:
        return greedy_cap_plain(order, dimension)
    return np.array(native.greedy_cap(order, dimension), np.int32)


def greedy_cap_plain(order: NDArray[np.int32], dimension: int) -> NDArray[np.int32]:
    """Return `greedy_cap`, one vectorised block of lines for each kept vector."""
    powers = 3 ** np.arange(dimension - 1, -1, -1)
    digits = order[:, None] // powers % 3
    blocked = np.zeros(3**dimension, bool)
    kept: list[int] = []
    for at, vector in enumerate(order):
        if not blocked[vector]:
            blocked[(-(digits[at] + digits[kept]) % 3) @ powers] = True
            kept.append(at)
    return order[kept]
