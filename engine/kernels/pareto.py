"""Non-dominated sorting and crowding distances; more is better in every objective."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native


def nondominated_fronts(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the front of each row of ``points``: 0 where no other dominates it, and so on."""
    if native is None:
        return numpy_nondominated_fronts(points)
    found: NDArray[np.int32] = native.nondominated_fronts(np.ascontiguousarray(points, "f8"))
    return found


def crowding(points: NDArray[np.float64], fronts: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return each row's crowding distance within its front; infinite at the ends of each
    objective.
    """
    if native is None:
        return numpy_crowding(points, fronts)
    found: NDArray[np.float64] = native.crowding(np.ascontiguousarray(points, "f8"), fronts)
    return found


def most_crowded(points: NDArray[np.float64], numbers: Sequence[int]) -> int:
    """Return the row that leaves a full population: of the last front the most crowded, of equals
    the youngest.
    """
    if native is None:
        return numpy_most_crowded(points, numbers)
    return int(native.most_crowded(np.ascontiguousarray(points, "f8"), numbers))


def numpy_nondominated_fronts(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """The meaning of `nondominated_fronts`: peel off what no remaining row dominates, again and
    again.
    """
    no_worse = np.all(points[:, None, :] >= points[None, :, :], axis=2)
    dominates = no_worse & np.any(points[:, None, :] > points[None, :, :], axis=2)
    fronts = np.full(len(points), -1, np.int32)
    front = 0
    while np.any(fronts < 0):
        left = fronts < 0
        first = left & ~np.any(dominates[left], axis=0)
        fronts[first] = front
        front += 1
    return fronts


def numpy_crowding(points: NDArray[np.float64], fronts: NDArray[np.int32]) -> NDArray[np.float64]:
    """The meaning of `crowding`."""
    distances = np.zeros(len(points))
    for front in np.unique(fronts):
        rows = np.flatnonzero(fronts == front)
        for values in points[rows].T:
            order = np.lexsort((rows, values))
            distances[rows[order[[0, -1]]]] = np.inf
            extent = values[order[-1]] - values[order[0]]
            if extent > 0:
                gaps = (values[order[2:]] - values[order[:-2]]) / extent
                distances[rows[order[1:-1]]] += gaps
    return distances


def numpy_most_crowded(points: NDArray[np.float64], numbers: Sequence[int]) -> int:
    """The meaning of `most_crowded`."""
    fronts = numpy_nondominated_fronts(points)
    return int(np.lexsort((np.array(numbers), -numpy_crowding(points, fronts), fronts))[-1])
