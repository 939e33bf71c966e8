"""Circle packings checked and repaired exactly: the plain meaning of ``csrc/circles.cpp``, on
Python's integers.

Coordinates are rounded to multiples of 2^-60, which leaves every double above 2^-8 as it is; from
there on there is no rounding and no tolerance. A packing that overlaps is not refused: every radius
loses the same amount, the least that makes it valid, so that slack never pays and a search still
sees how near it came.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native

UNIT = 1 << 60
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Packing:
    """A certified packing: the sum of radii after repair, as given, the radii's loss, and the
    smallest gap as given.

    ``certified`` is exact; ``slack`` below 0 is the worst overlap.
    """

    certified: Fraction
    raw: float
    loss: float
    slack: float


def in_unit_square(circles: NDArray[np.float64]) -> Packing:
    """Return what rows of x, y, radius are certified to be worth in the unit square."""
    grid = on_grid(circles)
    amount, slack = deflation(grid, (0, 0, UNIT, UNIT))
    return _packing(grid, amount, slack, Fraction(1))


def in_rectangle(circles: NDArray[np.float64], perimeter: int = 4) -> Packing:
    """Return the same for the best rectangle of a given perimeter: the circles' bounding box,
    scaled to it.
    """
    grid = on_grid(circles)
    amount, slack = deflation(grid, None)
    radii = np.maximum(grid[:, 2] - amount, 0)
    sides = sum(
        int((grid[:, axis] + radii).max()) - int((grid[:, axis] - radii).min()) for axis in (0, 1)
    )
    return _packing(
        grid, amount, slack, Fraction(perimeter * UNIT, 2 * sides) if sides else Fraction(0)
    )


def on_grid(circles: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return rows of x, y, radius as multiples of 2^-60; ValueError for a size of 2 or more, or a
    negative radius.
    """
    if circles.ndim != 2 or circles.shape[1] != 3 or not np.isfinite(circles).all():
        raise ValueError("circles must be finite rows of x, y, radius")
    if np.abs(circles).max(initial=0.0) >= 2.0:
        raise ValueError("a coordinate or radius is 2 or more in size")
    if (circles[:, 2] < 0).any():
        raise ValueError("a radius is negative")
    # Scaling by a power of two is exact, and a double of 2^53 or more is whole already.
    return np.rint(circles * float(UNIT)).astype(np.int64)


def deflation(grid: NDArray[np.int64], box: Box | None) -> tuple[int, float]:
    """Return what every radius must lose for the packing to be valid, and the smallest gap."""
    if native is None:
        return deflation_exact(grid, box)
    amount, slack = native.circle_deflation(np.ascontiguousarray(grid), box or ())
    return int(amount), float(slack)


def deflation_exact(grid: NDArray[np.int64], box: Box | None) -> tuple[int, float]:
    """Return `deflation` by Python's integers."""
    rows: list[list[int]] = grid.tolist()
    gaps = []
    amount = 0
    for i, (x, y, radius) in enumerate(rows):
        if box is not None:
            room = min(x - box[0], box[2] - x, y - box[1], box[3] - y)
            gaps.append(room - radius)
            amount = max(amount, radius - room)
        for other_x, other_y, other_radius in rows[:i]:
            overlap = radius + other_radius - isqrt((x - other_x) ** 2 + (y - other_y) ** 2)
            gaps.append(-overlap)
            amount = max(amount, -(-overlap // 2))
    return amount, min(gaps, default=(2**63 - 1) // 2) / UNIT


def _packing(grid: NDArray[np.int64], amount: int, slack: float, scale: Fraction) -> Packing:
    radii: list[int] = grid[:, 2].tolist()
    # A circle that would lose more than its radius becomes a point, which can be put anywhere.
    certified = sum(max(radius - amount, 0) for radius in radii)
    return Packing(Fraction(certified, UNIT) * scale, sum(radii) / UNIT, amount / UNIT, slack)
