"""Cell lookup for many programs at once: grid cells by edges, and the nearest of some centroids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native


def grid_cells(
    features: NDArray[np.float64], edges: Sequence[Sequence[float]]
) -> NDArray[np.int32]:
    """Return the row-major cell of each row of ``features``; NaN falls into an axis's last bin."""
    if native is not None:
        found: NDArray[np.int32] = native.grid_cells(
            np.ascontiguousarray(features, "f8"), [np.asarray(e, "f8") for e in edges]
        )
        return found
    return numpy_grid_cells(features, edges)


def numpy_grid_cells(
    features: NDArray[np.float64], edges: Sequence[Sequence[float]]
) -> NDArray[np.int32]:
    """The meaning of `grid_cells`."""
    cells = np.zeros(len(features), np.int32)
    for index, axis in enumerate(edges):
        bins = np.searchsorted(np.asarray(axis, "f8"), features[:, index], side="right")
        cells = (cells * (len(axis) + 1) + bins).astype(np.int32)
    return cells


def nearest_centroid(
    points: NDArray[np.float64], centroids: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Return the index of the centroid closest to each point, the lower one among equals."""
    if native is not None:
        found: NDArray[np.int32] = native.nearest_centroid(
            np.ascontiguousarray(points, "f8"), np.ascontiguousarray(centroids, "f8")
        )
        return found
    return numpy_nearest_centroid(points, centroids)


def numpy_nearest_centroid(
    points: NDArray[np.float64], centroids: NDArray[np.float64]
) -> NDArray[np.int32]:
    """The meaning of `nearest_centroid`."""
    nearest = np.zeros(len(points), np.int32)
    for row, point in enumerate(points):
        difference = centroids - point
        distance = np.zeros(len(centroids))
        for index in range(centroids.shape[1]):
            distance += difference[:, index] * difference[:, index]
        nearest[row] = int(np.argmin(distance))
    return nearest
