"""Where programs belong: the cells and islands of a quality-diversity archive, by the features that
scores give.

Cells whose edges come from the data are fitted anew as more is seen, and every program is then
placed again, also those that were refused before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import Space
from cladogen.archives.grid import LINE
from cladogen.archives.island_cells import Cells, IslandCells
from cladogen.archives.islands import Islands
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule
from cladogen.archives.together import Children, has_score
from cladogen.result import UNKNOWN, Short


class Placing(Rule):
    """Features and behaviours of programs, and the cells of islands that they belong to."""

    def __init__(self, space: Space, cells: Cells, islands: Islands) -> None:
        super().__init__(space)
        self.bins, self.islands = cells, islands
        self._features = [Column("f8", math.nan) for _ in space.axes]
        self._behaviour = Column("i8", UNKNOWN)
        self._cells = IslandCells(space, cells)

    def _cells_of(self, results: list[Short]) -> list[int]:
        """Take what new programs say into the columns; return their cells as these are now."""
        if not results:
            return []
        for each in filter(has_score, results):
            self._check_features(each.features)
        new = Children.of(results, len(self._features))
        self.population.enter_all(new.numbers, new.parents, new.fitness)
        self._behaviour.put(new.numbers, new.behaviour)
        islands = new.islands % len(self.islands)
        self.islands.settle_all(new.numbers, islands)
        for at, column in enumerate(self._features):
            column.put(new.numbers, new.features[:, at])
        found: list[int] = self._cells.cells_of(new.features, islands).tolist()
        return found

    def _homes(self, seed: int) -> list[int]:
        """Return the islands that begin with a seed program: all, where none names it."""
        every = range(len(self.islands))
        return [at for at in every if self.space.begins(at, seed)] or list(every)

    def _is_home(self, island: int, number: int) -> bool:
        """Tell whether a program may live on an island: a seed, only where it begins there."""
        return number not in self.population.seeds or island in self._homes(number)

    def _describe(self, number: int, features: Sequence[float]) -> bool:
        if self.space.axes:
            self._check_features(features)
            for column, value in zip(self._features, features, strict=True):
                column[number] = value
        if not self._cells.due(self.population.scored):
            return False
        self._regrid()
        return True

    def _check_features(self, features: Sequence[float]) -> None:
        axes = self.space.axes
        if axes and len(features) != len(axes):
            names = ", ".join(axis.metric for axis in axes)
            raise ValueError(
                f"a score has {len(features)} features; the axes are {len(axes)}: {names}"
            )

    def _cell(self, number: int, island: int) -> int:
        cells, columns = self._cells.of(island)
        return cells.cell([self._features[at][number] for at in columns]) if columns else 0

    def _move(self, number: int, island: int, before: int | None, now: int | None) -> None:
        """Take a program out of its cells on an island, and into the one it belongs to now."""
        grid = self.islands.grids[island]
        cells = dict.fromkeys(cell for cell in (before, now) if cell is not None)
        short = [cell for cell in cells if grid.drop(cell, number)]
        if now is not None:
            grid.offer(now, number, float(self.population.fitness[number]))
        for cell in short:
            self._refill(island, cell)

    def _regrid(self) -> None:
        """Fit the edges to the data seen and place every program anew, also those that were refused
        before.
        """
        scored = self._scored(np.arange(self.population.size))
        for cells, columns in self._cells.views:
            cells.fit(self._rows(scored, columns))
        for island, grid in enumerate(self.islands.grids):
            grid.clear()
            self._place(island, self._living(island))

    def _refill(self, island: int, cell: int) -> None:
        """Find again what a cell has refused and forgotten."""
        members = self._living(island)
        cells, columns = self._cells.of(island)
        if columns:
            members = members[cells.cells(self._rows(members, columns)) == cell]
        if len(members) > self._most_offered():
            fitness = self.population.fitness.array[members]
            members = members[
                fitness >= -np.partition(-fitness, self._most_offered())[self._most_offered()]
            ]
        kept = self.islands.grids[island].held(cell)
        self._place(island, members[[int(member) not in kept for member in members]])

    def _place(self, island: int, members: NDArray[np.int64]) -> None:
        fitness = self.population.fitness.array[members]
        view, columns = self._cells.of(island)
        cells = np.zeros(len(members), "i4")
        if columns:
            cells = view.cells(self._rows(members, columns))
        order = np.lexsort((members, -fitness, cells))
        ordered = cells[order]
        start = (
            np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
            if len(order)
            else np.empty(0, "i8")
        )
        rank = np.arange(len(order)) - np.repeat(start, np.diff(np.r_[start, len(order)]))
        for member in order[rank < self._most_offered()].tolist():
            self.islands.grids[island].offer(
                int(cells[member]), int(members[member]), float(fitness[member])
            )

    def _most_offered(self) -> int:
        """Return how many programs of a cell it is offered: one more than it keeps, for it to know
        it forgot some.
        """
        return self.islands.depth + LINE + 1

    def _rows(self, members: NDArray[np.int64], columns: Sequence[int]) -> NDArray[np.float64]:
        """Return a row of these features for each program."""
        found = [self._features[at].array[members] for at in columns]
        return np.stack(found, axis=1) if found else np.empty((len(members), 0))

    def _living(self, island: int) -> NDArray[np.int64]:
        """Return the programs with a score that may live on an island."""
        members = self._scored(self.islands.members(island, self.population))
        if not self.space.islands:
            return members
        return members[[self._is_home(island, int(member)) for member in members]]

    def _scored(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        kept: NDArray[np.int64] = members[~np.isnan(self.population.fitness.array[members])]
        return kept
