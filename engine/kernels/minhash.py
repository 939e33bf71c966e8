"""MinHash: the smallest of a set's values under each of many random permutations."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native

_BLOCK = 256


def minhash(hashes: NDArray[np.uint64], width: int) -> NDArray[np.uint32]:
    """Return ``width`` minima over a set of 64-bit hashes; of the empty set, all ones.

    Permutation k takes x to the high half of ``a[k] * x + b[k]`` (multiply-shift hashing, modulo
    2**64).
    """
    factors, shifts = permutations(width)
    if native is not None:
        result: NDArray[np.uint32] = native.minhash(
            np.ascontiguousarray(hashes, np.uint64), factors, shifts
        )
        return result
    return minhash_numpy(hashes, factors, shifts)


def minhash_numpy(
    hashes: NDArray[np.uint64], factors: NDArray[np.uint64], shifts: NDArray[np.uint64]
) -> NDArray[np.uint32]:
    """Return the minima, without C++."""
    least = np.full(len(factors), 0xFFFFFFFF, np.uint32)
    for start in range(0, len(hashes), _BLOCK):
        values = (hashes[start : start + _BLOCK, None] * factors + shifts) >> np.uint64(32)
        least = np.minimum(least, values.min(axis=0).astype(np.uint32))
    return least


@lru_cache(maxsize=8)
def permutations(width: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the factors (odd) and shifts of ``width`` permutations; always the same ones."""
    drawn = np.random.default_rng(0x6D696E68).integers(
        0, 2**64, (2, width), dtype=np.uint64, endpoint=False
    )
    return drawn[0] | np.uint64(1), drawn[1]
