"""Doubles as integers, for scorers that must not round: a grid for coordinates, and exact
convolutions.

A double is an integer times a power of two. `grid` multiplies a whole array by one power of two so
that its largest entry has 61 bits: entries down to 2^-8 of the largest are kept as they are,
smaller ones are rounded to the grid, and what is certified from there on is certified for the
rounded values, without any tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import frexp

import numpy as np
from numpy.typing import NDArray

BITS = 61


def grid(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], int]:
    """Return the values as integers below 2^61 in size, and the integer that stands for 1."""
    largest = float(np.abs(values).max(initial=0.0))
    if not np.isfinite(values).all() or largest >= 2.0**BITS:
        raise ValueError("values must be finite and below 2^61")
    # A power of two beyond 2^900 would overflow on the way; such values are as good as zero.
    shift = min(BITS - frexp(largest)[1], 900) if largest else BITS
    return np.rint(np.ldexp(values, shift)).astype(np.int64), 1 << shift


def convolution(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """Return the full convolution of two lists of integers: one product of two large integers
    (Kronecker).
    """
    size = max(1, *map(abs, left)) * max(1, *map(abs, right)) * min(len(left), len(right))
    width = size.bit_length() // 8 + 2  # bytes for one coefficient, with room for its sign
    count = len(left) + len(right) - 1
    half = 1 << (8 * width - 1)
    # With half of the base added everywhere no coefficient is negative, so each is a digit.
    digits = _packed(left, width) * _packed(right, width) + _packed([half] * count, width)
    data = digits.to_bytes(width * count + 1, "little")
    return [
        int.from_bytes(data[at * width : (at + 1) * width], "little") - half for at in range(count)
    ]


def _packed(values: Sequence[int], width: int) -> int:
    """Return the sum of ``values[k] * 256^(width k)``."""
    above = b"".join(max(value, 0).to_bytes(width, "little") for value in values)
    below = b"".join(max(-value, 0).to_bytes(width, "little") for value in values)
    return int.from_bytes(above, "little") - int.from_bytes(below, "little")
