"""Quality-diversity on islands: what MAP-Elites, its centroid variant and AdaEvolve share.

Every island has cells of its own; parents are drawn from the cells, elites leave only for better
programs, and copies of the best migrate along a named topology. The subclasses say how features
become cells and whose turn it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cladogen.archives.base import ArchiveView, Migrated, Result, Space, Standing
from cladogen.archives.draws import Draws
from cladogen.archives.evolving_draws import EvolvingDraws
from cladogen.archives.grid import Grid
from cladogen.archives.island_cells import Cells
from cladogen.archives.islands import Islands
from cladogen.archives.leaders import fell, leader
from cladogen.archives.pace import turn
from cladogen.archives.placing import Placing
from cladogen.archives.rule import NOTHING, parents_of, propose_seed
from cladogen.archives.together import apart, has_score, is_child
from cladogen.errors import ConfigError
from cladogen.proposal import Outcome
from cladogen.result import Short
from cladogen.task import Propose, Task

_ORDER = list(Standing).index
_OF_RESULTS = ("tell", "enter", "rescore", "noted")
HALF = 0.5  # of the parents
CAPACITY = (
    64  # programs an island keeps where no depth is given, so that one cell is still a population
)


class QualityDiversity(Placing):
    """Programs kept by cell and island. A subclass may fill in `next_island`, `exploring`,
    `counted` and `received`.
    """

    def __init__(self, space: Space, cells: Cells, islands: Islands, draws: Draws) -> None:
        super().__init__(space, cells, islands)
        draws.check()
        self.draws = draws
        self.evolving: EvolvingDraws | None = None

    def may_evolve(self, *, draws: bool, islands: bool) -> None:
        """Let how parents are drawn evolve: as a whole, or each island's."""
        if draws and islands:
            raise ConfigError("archive options evolve and evolve_islands: give one of them")
        if islands and len(self.islands) < 2:
            raise ConfigError("archive option evolve_islands: there is one island; islands=3")
        if draws or islands:
            self.evolving = EvolvingDraws(self.draws, len(self.islands) if islands else 0)

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
        """Draw as the variant whose turn it is, where draws evolve."""
        island = self.next_island(rng)
        if self.evolving is None:
            return self._drawn(ticket, island, rng)
        given = self.draws
        self.draws, note = self.evolving.choose(rng, island)
        try:
            return replace(self._drawn(ticket, island, rng), note=note)
        finally:
            self.draws = given

    def _drawn(self, ticket: int, island: int, rng: np.random.Generator) -> Propose:
        """Take a parent of an island, perhaps a mate, and some to be inspired by."""
        grid = self.islands.grids[island]
        if grid.best is None:
            return Propose(ticket, propose_seed(ticket, self.population).parents, island=island)
        explore = self.exploring(island)
        parents = [
            leader(self.population, self._behaviour, rng, self.space.ceiling)
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

    def restart_from(self, ticket: int, number: int, rng: np.random.Generator) -> Propose:
        """Go back to a program on an island that it belongs to."""
        homes = self.islands.of(number, self.population.seeds) or [self.islands.next()]
        return Propose(ticket, (number,), island=homes[int(rng.integers(len(homes)))])

    def _parent(self, grid: Grid, explore: float, rng: np.random.Generator) -> int:
        """Draw a parent. Where most are among the best, one that is worse than its own parent comes
        by exploring only: in a short search nothing is to be had from it.
        """
        entries = grid.draw(rng, 1 if rng.random() < explore else self.draws.tournament)
        if self.draws.elite >= HALF and len(entries) > 1:
            entries = [each for each in entries if not fell(self.population, each[1])] or entries
        return min(entries)[1]

    def enter(self, number: int, result: Result) -> Standing:
        """Offer a program to the grid of its island; a seed to all of them."""
        self._behaviour[number] = result.behaviour
        return self._enter(number, result.task.island, result.features)

    def _enter(self, number: int, island: int, features: Sequence[float]) -> Standing:
        grids = self.islands.grids
        island, seed = island % len(grids), number in self.population.seeds
        self.islands.settle(number, -1 if seed else island)
        fitness = self.population.fitness[number]
        before = grids[island].best
        standing = Standing.REJECTED
        if not math.isnan(fitness):
            regridded = self._describe(number, features)
            homes = self._homes(number) if seed else (island,)
            cells = [(grids[home], self._cell(number, home)) for home in homes]
            if not regridded:
                made = [grid.offer(cell, number, fitness) for grid, cell in cells]
                standing = min(made, key=_ORDER)
            elif any(number in grid.held(cell) for grid, cell in cells):
                standing = Standing.NEW
        self._counted(island, number, self._gain(before, island))
        return standing

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Move a program measured again to where it belongs now; a cell it leaves takes back the
        best it refused.
        """
        is_seed = number in self.population.seeds
        homes = self._homes(number) if is_seed else self.islands.of(number, [])
        fitness = float(self.population.fitness[number])
        if result.score is not None:
            self._behaviour[number] = result.behaviour
        if self._is_as_before(number, result, old):
            return Standing.NOTED
        before = {} if math.isnan(old) else {home: self._cell(number, home) for home in homes}
        if not math.isnan(fitness):
            self._describe(number, result.features)
        for island in homes:
            now = None if math.isnan(fitness) else self._cell(number, island)
            self._move(number, island, before.get(island), now)
        return Standing.NOTED

    def _is_as_before(self, number: int, result: Result, old: float) -> bool:
        """Whether a program measured again has the fitness and the features that it had."""
        if result.score is None or float(self.population.fitness[number]) != old:
            return False
        return result.score.features == tuple(column[number] for column in self._features)

    def noted(self, result: Result) -> None:
        """A failed proposal takes its island's turn."""
        self._counted(result.task.island % len(self.islands), None, 0.0)

    def departed(self, task: Task) -> None:
        self.islands.flying[task.island] += 1

    def landed(self, task: Task) -> None:
        self.islands.flying[task.island] -= 1

    def tell(self, result: Result) -> Standing:
        self.islands.migrated.clear()
        before = self.population.best
        standing = super().tell(result)
        if self.evolving is not None and result.outcome not in NOTHING:
            best = self.population.best
            mine = result.outcome is Outcome.ACCEPTED and best == result.program != before
            self.evolving.tell(result, best=mine, better=self._better(result))
        return standing

    def tell_all(self, results: Sequence[Short]) -> None:
        """Take recorded results: new programs and failures without the objects that `tell` is
        given, the others as `tell` takes them.
        """
        if not self.in_short() or self._flying:
            for result in results:
                self.tell(result.whole())
            return
        for some in apart(results, self.population.__contains__):
            if not isinstance(some, list):
                self._told_alone(some)
            elif self.steady:
                self._told_together(some)
            else:
                for result in some:
                    self._told(result.program, result)
        if results and results[-1].outcome in NOTHING:
            self.islands.migrated.clear()

    def _told_alone(self, result: Short) -> None:
        if result.outcome is Outcome.MEASURED:
            self.tell(result.whole())
        else:
            self._told(result.program, result)

    @property
    def steady(self) -> bool:
        """Whether the islands stay, so that what many results say can be taken in before it is
        their turn: a rule that takes note of each may clear one.
        """
        return type(self).counted is QualityDiversity.counted

    def _told_together(self, results: list[Short]) -> None:
        """Take failures and new programs that have parents, as `_told` takes each; what it is about
        to take in at once ends where cells are fitted again.
        """
        while results:
            scored = [at for at, each in enumerate(results) if is_child(each) and has_score(each)]
            due = self._cells.due_after(self.population.scored, len(scored)) if scored else 0
            end = scored[due - 1] + 1 if due else len(results)
            self._take_in(results[:end], regrid=bool(due))
            results = results[end:]

    def _take_in(self, results: list[Short], *, regrid: bool) -> None:
        cells = iter(self._cells_of(list(filter(is_child, results))))
        grids, population = self.islands.grids, self.population
        last = results[-1] if regrid else None
        for result in results:
            self.islands.migrated.clear()
            island, number, fitness = result.island % len(grids), result.program, result.fitness
            if number is None or not is_child(result):
                if result.last:
                    self._counted(island, None, 0.0)
                continue
            before, cell = grids[island].best, next(cells)
            if fitness is not None and has_score(result):
                population.count_score(number, fitness)
                if result is last:
                    self._regrid()
                else:
                    grids[island].offer(cell, number, fitness)
            self._counted(island, number, self._gain(before, island))

    def _told(self, number: int | None, result: Short) -> None:
        self.islands.migrated.clear()
        if number is None or result.outcome is not Outcome.ACCEPTED:
            if result.last:
                self._counted(result.island % len(self.islands), None, 0.0)
        elif number in self.population:
            self.tell(result.whole())
        else:
            parents = result.parents or parents_of(result.whole())
            self.population.enter(number, parents, result.fitness)
            self._behaviour[number] = result.behaviour
            self._enter(number, result.island, result.features)

    def in_short(self) -> bool:
        """Tell whether a new program or a failure is told by nothing but what it has in short: no
        rule of one's own looks at results.
        """
        own = (getattr(type(self), name) is getattr(QualityDiversity, name) for name in _OF_RESULTS)
        return self.evolving is None and self.restarts is None and all(own)

    def _better(self, result: Result) -> bool:
        """Tell whether a result is of a new program that is better than its first parent."""
        number = result.program
        accepted = number is not None and result.outcome is Outcome.ACCEPTED
        if number is None or not accepted or self.population.parent[number] < 0:
            return False
        parent, fitness = self.population.parent[number], self.population.fitness
        return bool(fitness[number] > fitness[parent])

    def migrated(self) -> tuple[Migrated, ...]:
        """Return what the last result made migrate."""
        return tuple(self.islands.migrated)

    def view(self) -> ArchiveView:
        """Return cells filled (on any island) of all, programs per island and migrants that were
        kept.
        """
        grids = self.islands.grids
        apart = self._cells.apart
        filled = [(at * apart, cell) for at, grid in enumerate(grids) for cell in grid.cells]
        evolving = self.evolving.lines() if self.evolving is not None else ()
        lines = tuple(
            f"island {island}: {len(grid.cells)} cells, {self.islands.arrived[island]} arrived"
            + (f", best #{grid.best[1]}" if grid.best else "")
            for island, grid in enumerate(grids)
        )
        return ArchiveView(
            kept=len({number for grid in grids for number in grid.numbers()}),
            cells=self._cells.count(len(grids)),
            filled=len(set(filled)),
            islands=tuple(map(len, grids)),
            migrations=sum(self.islands.arrived),
            lines=(*lines, *evolving),
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
            fitness = float(self.population.fitness[seed])
            if not math.isnan(fitness) and island in self._homes(seed):
                self.islands.grids[island].offer(self._cell(seed, island), seed, fitness)
