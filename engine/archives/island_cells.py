"""The cells of islands: the same for all, or of the features that are an island's own."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.bins import Bins
from cladogen.errors import ConfigError
from cladogen.problem.space import ALIKE, IslandPlan, Space


class Cells(Protocol):
    """How features become cells."""

    @property
    def count(self) -> int:
        """How many cells there are."""

    def due(self, seen: int) -> bool:
        """Return whether enough was seen since the last fit to fit again."""

    def fit(self, features: NDArray[np.float64]) -> None:
        """Take what is not given from the data: one row of features per program seen."""

    def cell(self, features: Sequence[float]) -> int:
        """Return the cell of one program."""

    def cells(self, features: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the cells of many programs, one row of features each."""


@runtime_checkable
class KeepsCells(Protocol):
    """An archive that keeps programs apart in cells, which people are shown as a map."""

    @property
    def bins(self) -> Cells:
        """How the features of islands that name none of their own become cells."""
        ...


View = tuple[Cells, tuple[int, ...]]  # cells, and which of the features they are made of


class IslandCells:
    """Which cells each island has. ``cells`` are those of islands that name no features."""

    def __init__(self, space: Space, cells: Cells) -> None:
        self.shared = cells
        self.views = [self._view_of(plan, space) for plan in space.islands or (ALIKE,)]

    def of(self, island: int) -> View:
        """Return an island's cells."""
        return self.views[island % len(self.views)]

    @property
    def apart(self) -> bool:
        """Whether a cell of one island is not the same on another."""
        return any(cells is not self.shared for cells, _ in self.views)

    def count(self, islands: int) -> int:
        """Return how many cells there are: of all, or of so many islands together."""
        if not self.apart:
            return self.shared.count
        return sum(self.of(island)[0].count for island in range(islands))

    def due(self, seen: int) -> bool:
        """Return whether enough was seen for any of them to be fitted again."""
        return any(cells.due(seen) for cells, _ in self.views)

    def due_after(self, seen: int, more: int) -> int:
        """Return after how many of ``more`` it is due, 0 where after none."""
        if not self.due(seen + more):
            return 0
        return bisect_left(range(1, more + 1), True, key=lambda new: self.due(seen + new)) + 1

    def cells_of(
        self, features: NDArray[np.float64], islands: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        """Return the cells of many programs, one row of all features each, on their islands."""
        found = np.zeros(len(features), np.int32)
        for at, (cells, columns) in enumerate(self.views):
            here = np.flatnonzero(islands % len(self.views) == at)
            if columns and len(here):
                found[here] = cells.cells(features[here][:, columns])
        return found

    def _view_of(self, plan: IslandPlan, space: Space) -> View:
        names = [axis.metric for axis in space.axes]
        if not plan.features:
            return self.shared, tuple(range(len(names)))
        if not isinstance(self.shared, Bins):
            raise ConfigError(
                "[[islands]] features: this archive has one set of cells for all islands; take "
                "map_elites or adaevolve"
            )
        chosen = tuple(map(names.index, plan.features))
        return Bins([space.axes[at] for at in chosen]), chosen
