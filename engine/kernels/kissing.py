"""Kissing configurations of integer vectors, exactly: the meaning of ``csrc/kissing.cpp``, on
Python's integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native

LARGEST = 1 << 50
MOST_DIMENSIONS = 64


def kissing_vectors(vectors: NDArray[np.int64]) -> list[int]:
    """Return which rows a walk keeps: each that is no closer to a kept one than the longest row is
    long.

    The directions of the kept rows are pairwise at least 60 degrees apart, so unit balls in these
    directions all touch the one in the middle and overlap nowhere.
    """
    if (
        vectors.ndim != 2
        or vectors.shape[1] > MOST_DIMENSIONS
        or np.abs(vectors).max(initial=0) >= LARGEST
    ):
        raise ValueError(
            f"vectors must be rows of at most {MOST_DIMENSIONS} integers below 2^50 in size"
        )
    vectors = np.ascontiguousarray(vectors, np.int64)
    if native is None:
        return kissing_vectors_exact(vectors)
    kept: list[int] = native.kissing_vectors(vectors)
    return kept


def kissing_vectors_exact(vectors: NDArray[np.int64]) -> list[int]:
    """Return `kissing_vectors` by Python's integers."""
    rows: list[list[int]] = vectors.tolist()
    longest = max((sum(x * x for x in row) for row in rows), default=0)
    kept: list[int] = []
    for at, row in enumerate(rows):
        near = (
            sum((x - y) ** 2 for x, y in zip(row, rows[other], strict=True)) < longest
            for other in kept
        )
        if any(row) and not any(near):
            kept.append(at)
    return kept
