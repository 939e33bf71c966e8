"""Feature values to cells: the edges of each axis, given by the user or taken from the data by
rank.

Edges taken from the data are recomputed whenever the number of programs has grown by half, from the
ranks of the distinct values seen, so an outlier moves an edge by one rank at most and cannot empty
the other cells. Edges always increase strictly: there are values for every cell.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import Axis
from cladogen.archives.options import bounded
from cladogen.errors import ConfigError
from cladogen.kernels.cells import grid_cells

_TRIM = 0.05  # a range taken from the data leaves out this share of ranks at each end


class Bins:
    """The cells of some axes. ``cell`` maps one program's features, ``cells`` those of many."""

    def __init__(self, axes: Sequence[Axis]) -> None:
        for axis in axes:
            _check(axis)
        self.axes = tuple(axes)
        self.count = math.prod(axis.bins for axis in axes)
        self.edges = [_edges(axis, np.empty(0)) for axis in axes]
        # Whether any axis takes its edges from the data.
        self.from_data = any(
            axis.scale == "quantile" or axis.low is None or axis.high is None for axis in self.axes
        )
        self._fitted = 0

    def due(self, seen: int) -> bool:
        """Return whether enough was seen since the last fit to fit again."""
        return self.from_data and seen >= max(4, self._fitted + self._fitted // 2)

    def fit(self, features: NDArray[np.float64]) -> None:
        """Take the edges from the data: one row of features per program seen."""
        self._fitted = len(features)
        self.edges = [_edges(axis, features[:, index]) for index, axis in enumerate(self.axes)]

    def steps(self, features: Sequence[float]) -> list[int]:
        """Return the bin of one program on each axis."""
        return [
            bisect_right(edges, value) for edges, value in zip(self.edges, features, strict=True)
        ]

    def cell(self, features: Sequence[float]) -> int:
        """Return the cell of one program."""
        cell = 0
        for axis, edges, value in zip(self.axes, self.edges, features, strict=True):
            cell = cell * axis.bins + bisect_right(edges, value)
        return cell

    def cells(self, features: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the cells of many programs, one row of features each."""
        return grid_cells(features, self.edges)


def _check(axis: Axis) -> None:
    bounded(f"bins of axis {axis.metric}", axis.bins, 1)
    if axis.low is not None and axis.high is not None and not axis.low < axis.high:
        raise ConfigError(f"axis {axis.metric}: low {axis.low:g} must be below high {axis.high:g}")
    if axis.scale == "log" and axis.low is not None and axis.low <= 0:
        raise ConfigError(f"axis {axis.metric}: a log scale needs low above 0, not {axis.low:g}")


def _edges(axis: Axis, values: NDArray[np.float64]) -> list[float]:
    inner = np.arange(1, axis.bins) / axis.bins
    values = values[np.isfinite(values)]
    if axis.scale == "log":
        values = values[values > 0]
    values = _distinct(values)
    if axis.scale == "quantile" and len(values) > 1:
        return _increasing(np.quantile(values, inner))
    low, high = _range(axis, values)
    if axis.scale == "log":
        return _increasing(low * (high / low) ** inner)
    return _increasing(low + (high - low) * inner)


def _distinct(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each value once, in order (np.unique imports masked arrays)."""
    ordered = np.sort(values)
    if len(ordered) < 2:
        return ordered
    found: NDArray[np.float64] = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    return found


def _range(axis: Axis, values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = axis.low, axis.high
    log = axis.scale == "log"
    if len(values):
        low = float(np.quantile(values, _TRIM)) if low is None else low
        high = float(np.quantile(values, 1 - _TRIM)) if high is None else high
    low, high = _both_ends(low, high, log=log)
    if low < high:
        return low, high
    # One value seen, or all beyond the given end: a range around it, so that both sides have cells.
    around = low if axis.high is None else high
    if log:
        return around / 2, around * 2
    width = max(abs(around), 1.0) / 2
    return around - width, around + width


def _both_ends(low: float | None, high: float | None, *, log: bool) -> tuple[float, float]:
    """Return both ends of a range; one that nobody gave and no value shows is a step, on a
    logarithmic axis ten times, from the other.
    """
    if low is None and high is None:
        low = 0.1 if log else 0.0
    if low is None:
        assert high is not None
        return (0.1 * high if log else high - 1.0), high
    if high is None:
        return low, (10.0 * low if log else low + 1.0)
    return low, high


def _increasing(edges: NDArray[np.float64]) -> list[float]:
    for index in range(1, len(edges)):
        if not edges[index] > edges[index - 1]:
            edges[index] = np.nextafter(np.nextafter(edges[index - 1], np.inf), np.inf)
    return list(map(float, edges))
