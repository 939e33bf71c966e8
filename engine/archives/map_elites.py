"""MAP-Elites over user-named features, on islands with migration.

MAP-Elites (Mouret and Clune, arXiv:1504.04909): the best program of every cell of feature space is kept, and
parents are drawn from the cells. Islands with migration as in AlphaEvolve (arXiv:2506.13131): every island
has a grid of its own, and sends copies of its best elites along a named topology. Half of the parents are
drawn uniformly over cells (`explore`), the other half are the best of `tournament` such draws.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.bins import Bins
from cladogen.archives.grid import Grid
from cladogen.archives.islands import Islands
from cladogen.archives.options import bounded, one_of
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule, propose_seed
from cladogen.archives.topology import TOPOLOGIES
from cladogen.task import Propose, Task

_LIMITS = {
    "islands": (1, 1000),
    "migrate_every": (1, math.inf),
    "migrants": (0, math.inf),
    "depth": (1, math.inf),
    "explore": (0, 1),
    "tournament": (1, 1000),
    "crossover": (0, 1),
    "inspirations": (0, 1000),
    "max_islands": (1, 1000),
}
_ROOM = 64  # programs an island keeps where `depth` is not given, so that one cell is still a population


class MapElites(Rule):
    """The best programs of every cell, on islands.

    ``depth`` programs are kept per cell (default: as many as give an island room for 64). Every
    ``migrate_every`` results of an island its ``migrants`` best elites are offered to its neighbours. With
    ``spawn_after``, that many results without a new best start a fresh island from the seeds; beyond
    ``max_islands`` the worst one restarts.
    """

    def __init__(
        self,
        space: Space,
        *,
        islands: int = 3,
        topology: str = "ring",
        migrate_every: int = 50,
        migrants: int = 3,
        depth: int | None = None,
        explore: float = 0.5,
        tournament: int = 4,
        crossover: float = 0.25,
        inspirations: int = 3,
        spawn_after: int | None = None,
        max_islands: int = 8,
    ) -> None:
        super().__init__(space)
        one_of("topology", topology, TOPOLOGIES)
        _check(islands=islands, migrate_every=migrate_every, migrants=migrants, depth=1 if depth is None else depth)
        _check(explore=explore, tournament=tournament, crossover=crossover)
        _check(inspirations=inspirations, max_islands=max_islands)
        bounded("spawn_after", spawn_after or 1, 1)
        self.bins = Bins(space.axes)
        self.depth = depth if depth is not None else max(1, math.ceil(_ROOM / self.bins.count))
        self.islands = Islands(islands, self.depth, topology, migrate_every, migrants)
        self.explore, self.tournament = explore, tournament
        self.crossover, self.inspirations = crossover, inspirations
        self.spawn_after, self.max_islands = spawn_after, max(max_islands, islands)
        self._features = Column("f8", math.nan, max(1, len(space.axes)))
        self._stale = 0

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Take the island with the fewest tasks so far, a parent of it, perhaps a mate, and some to be
        inspired by.
        """
        island = self.islands.next()
        grid = self.islands.grids[island]
        if grid.best is None:
            return Propose(ticket, propose_seed(ticket, self.population).parents, island=island)
        parents = [self._parent(grid, rng)]
        if rng.random() < self.crossover:
            mate = self._parent(grid, rng)
            parents += [mate] if mate != parents[0] else []
        others = [grid.best[1], *(number for _, number in grid.draw(rng, self.inspirations))]
        inspirations = [number for number in dict.fromkeys(others) if number not in parents]
        return Propose(ticket, tuple(parents), tuple(inspirations[: self.inspirations]), island=island)

    def _parent(self, grid: Grid, rng: np.random.Generator) -> int:
        entries = grid.draw(rng, 1 if rng.random() < self.explore else self.tournament)
        return min(entries)[1]

    def enter(self, number: int, result: Result) -> Standing:
        """Offer a program to the grid of its island; a seed to all of them."""
        island = result.task.island % len(self.islands)
        self.islands.settle(number, -1 if number in self.population.seeds else island)
        fitness = float(self.population.fitness[number])
        standing = Standing.REJECTED
        if not math.isnan(fitness):
            regridded = self._describe(number, result)
            cell = self._cell(number)
            homes = range(len(self.islands)) if number in self.population.seeds else (island,)
            if not regridded:
                standings = [self.islands.grids[home].offer(cell, number, fitness) for home in homes]
                standing = min(standings, key=list(Standing).index)
            elif any(number in self.islands.grids[home].held(cell) for home in homes):
                standing = Standing.NEW
        self._counted(island, number)
        return standing

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Move a program measured again to where it belongs now; a cell it leaves takes back the best it
        refused.
        """
        before = None if math.isnan(old) else self._cell(number)
        fitness = float(self.population.fitness[number])
        if not math.isnan(fitness):
            self._describe(number, result)
        for island in self.islands.of(number, self.population.seeds):
            grid = self.islands.grids[island]
            if before is not None and grid.drop(before, number):
                self._refill(island, before)
            if not math.isnan(fitness):
                grid.drop(self._cell(number), number)
                grid.offer(self._cell(number), number, fitness)
        return Standing.NOTED

    def noted(self, result: Result) -> None:
        """A failed proposal takes its island's turn."""
        self._counted(result.task.island % len(self.islands), None)

    def departed(self, task: Task) -> None:
        self.islands.flying[task.island] += 1

    def landed(self, task: Task) -> None:
        self.islands.flying[task.island] -= 1

    def view(self) -> ArchiveView:
        """Return cells filled (on any island) of all, programs per island and migrants that were kept."""
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
            self._features[number] = result.score.features
        if not self.bins.due(self.population.scored):
            return False
        self._regrid()
        return True

    def _cell(self, number: int) -> int:
        return self.bins.cell(self._features[number].tolist()) if self.space.axes else 0

    def _counted(self, island: int, number: int | None) -> None:
        self.islands.told[island] += 1
        self._stale = 0 if number is not None and number == self.population.best else self._stale + 1
        if self.islands.migration_due(island):
            self.islands.migrate(island, self._cell)
        if self.spawn_after is not None and self._stale >= self.spawn_after:
            self._stale = 0
            self._restart(self.islands.spawn() if len(self.islands) < self.max_islands else self.islands.worst())

    def _restart(self, island: int) -> None:
        self.islands.clear(island)
        for seed in self.population.seeds:
            if not math.isnan(self.population.fitness[seed]):
                self.islands.grids[island].offer(self._cell(seed), seed, float(self.population.fitness[seed]))

    def _regrid(self) -> None:
        """Fit the edges to the data seen and place every program anew, also those that were refused
        before.
        """
        scored = self._scored(np.arange(self.population.size))
        self.bins.fit(self._features.array[scored][:, : len(self.space.axes)])
        for island, grid in enumerate(self.islands.grids):
            grid.clear()
            self._place(island, self._scored(self.islands.members(island, self.population)))

    def _refill(self, island: int, cell: int) -> None:
        members = self._scored(self.islands.members(island, self.population))
        if self.space.axes:
            members = members[self.bins.cells(self._features.array[members]) == cell]
        kept = self.islands.grids[island].held(cell)
        self._place(island, members[[int(member) not in kept for member in members]])

    def _place(self, island: int, members: NDArray[np.int64]) -> None:
        fitness = self.population.fitness.array[members]
        cells = self.bins.cells(self._features.array[members]) if self.space.axes else np.zeros(len(members), "i4")
        order = np.lexsort((members, -fitness, cells))
        ordered = cells[order]
        start = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(order) else np.empty(0, "i8")
        rank = np.arange(len(order)) - np.repeat(start, np.diff(np.r_[start, len(order)]))
        for place in order[rank < self.depth].tolist():
            self.islands.grids[island].offer(int(cells[place]), int(members[place]), float(fitness[place]))

    def _scored(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        kept: NDArray[np.int64] = members[~np.isnan(self.population.fitness.array[members])]
        return kept


def _check(**options: float) -> None:
    for option, value in options.items():
        low, high = _LIMITS[option]
        bounded(option, value, low, high)
