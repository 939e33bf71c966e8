"""Islands: a grid each, whose turn it is, who lives where, and who migrated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import Migrated, Standing
from cladogen.archives.grid import Grid
from cladogen.archives.options import bounded, one_of
from cladogen.archives.pace import Pace
from cladogen.archives.population import Column, Population
from cladogen.archives.topology import TOPOLOGIES, targets

_EVERYWHERE = -1  # the home of a seed
_NOWHERE = -2  # the home of programs whose island was cleared


class Islands:
    """Some islands. ``told`` and ``flying`` count each one's tasks, ``arrived`` the migrants it
    kept. ``migrate_every`` None leaves the time of migrations to the ``pace``.
    """

    def __init__(
        self,
        count: int,
        depth: int,
        topology: str,
        migrate_every: int | None,
        migrants: int,
        pace: Pace,
    ) -> None:
        one_of("topology", topology, TOPOLOGIES)
        bounded("islands", count, 1, 1000)
        bounded("migrate_every", 1 if migrate_every is None else migrate_every, 1)
        bounded("migrants", migrants, 0)
        bounded("depth", depth, 1)
        self.depth, self.topology = depth, topology
        self.migrate_every, self.migrants, self._pace = migrate_every, migrants, pace
        self.grids = [Grid(depth) for _ in range(count)]
        self.told = [0] * count
        self.flying = [0] * count
        self.arrived = [0] * count
        self._begun = [False] * count
        self._leave = [self._next_leave(0)] * count  # told at which the next migrants leave
        self.turns = [0] * count  # migrations so far
        self.migrated: list[Migrated] = []  # by the last result
        self._started = [0] * count  # when each one started afresh, in starts
        self._starts = 0
        self._visitors: list[dict[int, None]] = [{} for _ in range(count)]
        self._home = Column("i2", _NOWHERE)

    def __len__(self) -> int:
        return len(self.grids)

    def next(self) -> int:
        """Return the island with the fewest tasks told and in flight, the first among equals."""
        return min(
            range(len(self.grids)), key=lambda island: self.told[island] + self.flying[island]
        )

    def settle(self, number: int, island: int) -> None:
        """Note where a program was born; -1 means everywhere."""
        self._home[number] = island

    def settle_all(self, numbers: NDArray[np.int64], islands: NDArray[np.int64]) -> None:
        """Note where many programs were born."""
        self._home.put(numbers, islands)

    def of(self, number: int, seeds: list[int]) -> list[int]:
        """Return the islands a program belongs to."""
        everywhere = number in seeds
        return [
            island
            for island in range(len(self.grids))
            if everywhere or self._home[number] == island or number in self._visitors[island]
        ]

    def members(self, island: int, population: Population) -> NDArray[np.int64]:
        """Return every program that was born on the island or sent to it."""
        self._home.reserve(population.size)
        home = self._home.array[: population.size]
        here = (home == island) | (home == _EVERYWHERE)
        here[np.fromiter(self._visitors[island], "i8", len(self._visitors[island]))] = True
        return np.flatnonzero(here)

    def count(self, island: int) -> None:
        """Count a result. An island whose first one comes late, in a run that was given more to
        spend, begins level with the least busy one: it need not catch up.
        """
        if not self._begun[island]:
            self._begun[island] = True
            others = [
                told
                for other, told in enumerate(self.told)
                if self._begun[other] and other != island
            ]
            self._level(island, max(self.told[island], min(others, default=1) - 1))
        self.told[island] += 1

    def migration_due(self, island: int) -> bool:
        """Return whether the island's last result made its migrants leave."""
        return len(self.grids) > 1 and self.told[island] >= self._leave[island]

    def migrate(self, island: int, cell: Callable[[int, int], int]) -> None:
        """Offer copies of the island's best elites to its neighbours; ``cell`` says where a program
        belongs on an island.
        """
        self._leave[island] = self._next_leave(self.told[island])
        self.turns[island] += 1
        turn = self.turns[island]
        leaving = self.grids[island].elites()[: self.migrants]
        for target in targets(self.topology, island, len(self.grids), turn):
            for loss, number in leaving:
                if self.receive(target, number, -loss, cell(number, target)):
                    self.arrived[target] += 1
                    self.migrated.append(Migrated(number, island, target))

    def receive(self, island: int, number: int, fitness: float, cell: int) -> bool:
        """Offer a migrant to an island; returns whether it was kept. One that is there already is
        not sent again.
        """
        grid = self.grids[island]
        if number in grid.held(cell):
            return False
        self._visitors[island][number] = None
        return grid.offer(cell, number, fitness) is not Standing.REJECTED

    def spawn(self) -> int:
        """Add an empty island, which starts even with the least busy one, and return its number."""
        self.grids.append(Grid(self.depth))
        for column in (self.told, self.flying, self.arrived, self.turns, self._leave):
            column.append(0)
        self._begun.append(True)
        self._level(len(self.grids) - 1, min(self.told[:-1]))
        self._started.append(0)
        self._visitors.append({})
        return len(self.grids) - 1

    def worst(self) -> int:
        """Return the island whose best program is the worst; of equals, the one that started
        longest ago.

        After a migration all may be equal.
        """
        losses = [grid.best[0] if grid.best else np.inf for grid in self.grids]
        return max(range(len(losses)), key=lambda island: (losses[island], -self._started[island]))

    def _level(self, island: int, told: int) -> None:
        self.told[island] = told
        self._leave[island] = self._next_leave(told)

    def _next_leave(self, told: int) -> int:
        return told + (self.migrate_every or self._pace.migrate_after(told))

    def clear(self, island: int) -> None:
        """Forget who lives on an island."""
        self._starts += 1
        self._started[island] = self._starts
        self.grids[island].clear()
        self._visitors[island].clear()
        home = self._home.array
        home[home == island] = _NOWHERE
