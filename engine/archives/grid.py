"""The cells of one island: each keeps its few best programs, and an elite leaves only for a better
one.

An elite that is measured again and found worse gives its place to the best program the cell
refused. The next few of these wait in line; which others were refused is forgotten, only how good
the best of them was is known.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

import numpy as np

from cladogen.archives.base import Standing

Entry = tuple[
    float, int
]  # (-fitness, number): sorted, the best program of a cell comes first, the older among equals
LINE = 16  # programs of a cell that wait for a place


class Grid:
    """Cells filled so far. ``filled`` lists them in the order of their first program, for drawing
    one at random. Nobody waits at a cell that has room.
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.cells: dict[int, list[Entry]] = {}
        self._waiting: dict[int, list[Entry]] = {}
        self._forgotten: dict[
            int, Entry
        ] = {}  # the best entry of each cell that was refused and does not wait
        self.filled: list[int] = []
        self.best: Entry | None = None

    def offer(self, cell: int, number: int, fitness: float) -> Standing:
        """Keep the program if its cell has room or holds something worse; say what became of it."""
        entries = self.cells.get(cell)
        if self.best is None or -fitness < self.best[0]:
            self.best = (-fitness, number)
        if entries is None:
            self.cells[cell] = [(-fitness, number)]
            self.filled.append(cell)
            return Standing.NEW
        if len(entries) == self.depth:
            if -fitness >= entries[-1][0]:
                self._wait(cell, (-fitness, number))
                return Standing.REJECTED
            self._wait(cell, entries.pop())
        best = -entries[0][0] if entries else -np.inf
        insort(entries, (-fitness, number))
        return Standing.IMPROVED if fitness > best else Standing.NEW

    def drop(self, cell: int, number: int) -> bool:
        """Take a program out of its cell; the next in line takes its rank.

        Returns whether the cell has room that only programs it has forgotten could take.
        """
        if _without(self._waiting.get(cell, []), number) or not _without(
            self.cells.get(cell, []), number
        ):
            return False
        entries, waiting = self.cells[cell], self._waiting.get(cell)
        if waiting:
            entries.append(waiting.pop(0))
        if not entries:
            del self.cells[cell]
            self.filled.remove(cell)
        if self.best is not None and self.best[1] == number:
            self.best = min((entries[0] for entries in self.cells.values()), default=None)
        return not waiting and self._forgotten.pop(cell, None) is not None

    def held(self, cell: int) -> set[int]:
        """Return the programs a cell keeps."""
        return {number for _, number in self.cells.get(cell, ())}

    def clear(self) -> None:
        """Empty every cell."""
        self.cells.clear()
        self.filled.clear()
        self._waiting.clear()
        self._forgotten.clear()
        self.best = None

    def elites(self) -> list[Entry]:
        """Return the best entry of every filled cell, the best first."""
        return sorted(entries[0] for entries in self.cells.values())

    def numbers(self) -> Iterable[int]:
        """Return every program kept."""
        return (number for entries in self.cells.values() for _, number in entries)

    def draw(self, rng: np.random.Generator, count: int) -> list[Entry]:
        """Return ``count`` entries: a cell at random, then one of its programs at random, each
        time.
        """
        where = rng.random(2 * count).tolist()
        drawn = []
        for first, second in zip(where[::2], where[1::2], strict=True):
            entries = self.cells[self.filled[int(first * len(self.filled))]]
            drawn.append(entries[int(second * len(entries))])
        return drawn

    def __len__(self) -> int:
        return sum(map(len, self.cells.values()))

    def _wait(self, cell: int, entry: Entry) -> None:
        """Put a refused program in line, unless one as good was forgotten."""
        line, forgotten = self._waiting.setdefault(cell, []), self._forgotten.get(cell)
        if forgotten is None or entry < forgotten:
            index = bisect_left(line, entry)
            if index == len(line) or line[index] != entry:
                line.insert(index, entry)
            if len(line) > LINE:
                self._forgotten[cell] = line.pop()


def _without(entries: list[Entry], number: int) -> bool:
    """Take a program out of a list of entries; returns whether it was there."""
    for index, entry in enumerate(entries):
        if entry[1] == number:
            del entries[index]
            return True
    return False
