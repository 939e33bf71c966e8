"""Quality-diversity on islands: what MAP-Elites, its centroid variant and AdaEvolve share.

Every island has cells of its own; parents are drawn from the cells, elites leave only for better
programs, and copies of the best migrate along a named topology. The subclasses say how features
become cells and whose turn it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.grid import LINE, Grid
from cladogen.archives.islands import Islands
from cladogen.archives.options import bounded
from cladogen.archives.pace import turn
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule, propose_seed
from cladogen.task import Propose, Task

_ORDER = list(Standing).index
ROOM = (
    64  # programs an island keeps where no depth is given, so that one cell is still a population
)

LEADERS = (0.5, 0.8, 1.0)  # chances, added up, of the best three programs as a parent
LEAD = 0.5  # the share of the best's lead over the seeds that they have at least


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


@dataclass(frozen=True, slots=True)
class Draws:
    """How parents are drawn. Of every ten, ten times ``elite`` are among the three best programs;
    the others are drawn uniformly over cells with chance ``explore``, else they are the best of
    ``tournament`` such draws.

    With chance ``crossover`` there is a second parent; ``inspirations`` programs of the island are
    shown besides.
    """

    explore: float = 0.5
    tournament: int = 4
    crossover: float = 0.25
    inspirations: int = 3
    elite: float = 0.0

    def check(self) -> None:
        """Raise ConfigError for a value out of range."""
        bounded("explore", self.explore, 0, 1)
        bounded("tournament", self.tournament, 1, 1000)
        bounded("crossover", self.crossover, 0, 1)
        bounded("inspirations", self.inspirations, 0, 1000)
        bounded("elite", self.elite, 0, 1)


class QualityDiversity(Rule):
    """Programs kept by cell and island. A subclass may fill in `next_island`, `exploring`,
    `counted` and `received`.
    """

    def __init__(self, space: Space, cells: Cells, islands: Islands, draws: Draws) -> None:
        super().__init__(space)
        draws.check()
        self.bins, self.islands, self.draws = cells, islands, draws
        self._features = [Column("f8", math.nan) for _ in space.axes]

    def next_island(self, rng: np.random.Generator) -> int:
        """Return the island whose turn it is: the one with the fewest tasks so far."""
        return self.islands.next()

    def exploring(self, island: int) -> float:
        """Return the chance that a parent of this island is drawn uniformly over its cells."""
        return self.draws.explore

    def counted(self, island: int, number: int | None, gain: float) -> None:
        """Take note of a result of an island: a new program that raised the island's best by
        ``gain``, or a failure.
        """

    def received(self, island: int, gain: float) -> None:
        """Take note that migrants raised an island's best by ``gain``."""

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Take the island with the fewest tasks so far, a parent of it, perhaps a mate, and some to
        be inspired by.
        """
        island = self.next_island(rng)
        grid = self.islands.grids[island]
        if grid.best is None:
            return Propose(ticket, propose_seed(ticket, self.population).parents, island=island)
        explore = self.exploring(island)
        parents = [
            self._leader(rng)
            if turn(ticket, self.draws.elite)
            else self._parent(grid, explore, rng)
        ]
        if rng.random() < self.draws.crossover:
            mate = self._parent(grid, explore, rng)
            parents += [mate] if mate != parents[0] else []
        others = [grid.best[1], *(number for _, number in grid.draw(rng, self.draws.inspirations))]
        inspirations = [number for number in dict.fromkeys(others) if number not in parents]
        return Propose(
            ticket, tuple(parents), tuple(inspirations[: self.draws.inspirations]), island=island
        )

    def _leader(self, rng: np.random.Generator) -> int:
        """Return one of the best programs of all islands, the best half the time; one that has
        less than half of the best's lead over the seeds, or led to it, is none of them.
        """
        best = self._near(self.population.ranked(len(LEADERS)))
        return best[min(int(np.searchsorted(LEADERS, rng.random())), len(best) - 1)]

    def _near(self, ranked: Sequence[int]) -> Sequence[int]:
        """Return the programs whose lead over the best seed is at least half of the first's, and
        from which the first does not descend: what they had, it has.
        """
        fitness = self.population.fitness
        seeds = [fitness[seed] for seed in self.population.seeds]
        start = max((value for value in seeds if not math.isnan(value)), default=-math.inf)
        if fitness[ranked[0]] <= start:
            return ranked
        half = fitness[ranked[0]] - (fitness[ranked[0]] - start) * LEAD
        line = self._line(ranked[0], min(ranked))
        return [
            number
            for number in ranked
            if number == ranked[0] or (fitness[number] >= half and number not in line)
        ]

    def _line(self, number: int, oldest: int) -> set[int]:
        """Return a program's first parents, theirs, and so on, none older than ``oldest``."""
        line: set[int] = set()
        while number > oldest:
            number = self.population.parent[number]
            line.add(number)
        return line

    def _parent(self, grid: Grid, explore: float, rng: np.random.Generator) -> int:
        entries = grid.draw(rng, 1 if rng.random() < explore else self.draws.tournament)
        return min(entries)[1]

    def enter(self, number: int, result: Result) -> Standing:
        """Offer a program to the grid of its island; a seed to all of them."""
        grids = self.islands.grids
        island, seed = result.task.island % len(grids), number in self.population.seeds
        self.islands.settle(number, -1 if seed else island)
        fitness = self.population.fitness[number]
        before = grids[island].best
        standing = Standing.REJECTED
        if not math.isnan(fitness):
            regridded = self._describe(number, result)
            cell = self._cell(number)
            homes = grids if seed else grids[island : island + 1]
            if not regridded:
                standing = min([home.offer(cell, number, fitness) for home in homes], key=_ORDER)
            elif any(number in home.held(cell) for home in homes):
                standing = Standing.NEW
        self._counted(island, number, self._gain(before, island))
        return standing

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Move a program measured again to where it belongs now; a cell it leaves takes back the
        best it refused.
        """
        before = None if math.isnan(old) else self._cell(number)
        fitness = float(self.population.fitness[number])
        known = tuple(column[number] for column in self._features)
        if fitness == old and result.score is not None and result.score.features == known:
            return Standing.NOTED
        if not math.isnan(fitness):
            self._describe(number, result)
        cells = dict.fromkeys(
            ([] if before is None else [before])
            + ([] if math.isnan(fitness) else [self._cell(number)])
        )
        for island in self.islands.of(number, self.population.seeds):
            grid = self.islands.grids[island]
            short = [cell for cell in cells if grid.drop(cell, number)]
            if not math.isnan(fitness):
                grid.offer(self._cell(number), number, fitness)
            for cell in short:
                self._refill(island, cell)
        return Standing.NOTED

    def noted(self, result: Result) -> None:
        """A failed proposal takes its island's turn."""
        self._counted(result.task.island % len(self.islands), None, 0.0)

    def departed(self, task: Task) -> None:
        self.islands.flying[task.island] += 1

    def landed(self, task: Task) -> None:
        self.islands.flying[task.island] -= 1

    def view(self) -> ArchiveView:
        """Return cells filled (on any island) of all, programs per island and migrants that were
        kept.
        """
        grids = self.islands.grids
        lines = tuple(
            f"island {place}: {len(grid.cells)} cells, {self.islands.arrived[place]} arrived"
            + (f", best #{grid.best[1]}" if grid.best else "")
            for place, grid in enumerate(grids)
        )
        return ArchiveView(
            kept=len({number for grid in grids for number in grid.numbers()}),
            cells=self.bins.count,
            filled=len({cell for grid in grids for cell in grid.cells}),
            islands=tuple(len(grid) for grid in grids),
            migrations=sum(self.islands.arrived),
            lines=lines,
        )

    def _describe(self, number: int, result: Result) -> bool:
        if self.space.axes and result.score is not None:
            features, axes = result.score.features, self.space.axes
            if len(features) != len(axes):
                names = ", ".join(axis.metric for axis in axes)
                raise ValueError(
                    f"a score has {len(features)} features; the axes are {len(axes)}: {names}"
                )
            for column, value in zip(self._features, features, strict=True):
                column[number] = value
        if not self.bins.due(self.population.scored):
            return False
        self._regrid()
        return True

    def _cell(self, number: int) -> int:
        return (
            self.bins.cell([column[number] for column in self._features]) if self._features else 0
        )

    def _gain(self, before: tuple[float, int] | None, island: int) -> float:
        after = self.islands.grids[island].best
        return before[0] - after[0] if before is not None and after is not None else 0.0

    def _counted(self, island: int, number: int | None, gain: float) -> None:
        self.islands.count(island)
        if self.islands.migration_due(island):
            bests = [grid.best for grid in self.islands.grids]
            self.islands.migrate(island, self._cell)
            for target, best in enumerate(bests):
                if (better := self._gain(best, target)) > 0:
                    self.received(target, better)
        self.counted(island, number, gain)

    def restart(self, island: int) -> None:
        """Empty an island and start it from the seeds."""
        self.islands.clear(island)
        for seed in self.population.seeds:
            if not math.isnan(self.population.fitness[seed]):
                self.islands.grids[island].offer(
                    self._cell(seed), seed, float(self.population.fitness[seed])
                )

    def _regrid(self) -> None:
        """Fit the edges to the data seen and place every program anew, also those that were refused
        before.
        """
        scored = self._scored(np.arange(self.population.size))
        self.bins.fit(self._rows(scored))
        for island, grid in enumerate(self.islands.grids):
            grid.clear()
            self._place(island, self._scored(self.islands.members(island, self.population)))

    def _refill(self, island: int, cell: int) -> None:
        """Find again whom a cell has refused and forgotten."""
        members = self._scored(self.islands.members(island, self.population))
        if self.space.axes:
            members = members[self.bins.cells(self._rows(members)) == cell]
        if len(members) > self._room():
            fitness = self.population.fitness.array[members]
            members = members[fitness >= -np.partition(-fitness, self._room())[self._room()]]
        kept = self.islands.grids[island].held(cell)
        self._place(island, members[[int(member) not in kept for member in members]])

    def _place(self, island: int, members: NDArray[np.int64]) -> None:
        fitness = self.population.fitness.array[members]
        cells = (
            self.bins.cells(self._rows(members))
            if self.space.axes
            else np.zeros(len(members), "i4")
        )
        order = np.lexsort((members, -fitness, cells))
        ordered = cells[order]
        start = (
            np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
            if len(order)
            else np.empty(0, "i8")
        )
        rank = np.arange(len(order)) - np.repeat(start, np.diff(np.r_[start, len(order)]))
        for place in order[rank < self._room()].tolist():
            self.islands.grids[island].offer(
                int(cells[place]), int(members[place]), float(fitness[place])
            )

    def _room(self) -> int:
        """Return how many programs of a cell it is offered: one more than it keeps, for it to know
        it forgot some.
        """
        return self.islands.depth + LINE + 1

    def _rows(self, members: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return a row of features for each program."""
        columns = [column.array[members] for column in self._features]
        return np.stack(columns, axis=1) if columns else np.empty((len(members), 0))

    def _scored(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        kept: NDArray[np.int64] = members[~np.isnan(self.population.fitness.array[members])]
        return kept
