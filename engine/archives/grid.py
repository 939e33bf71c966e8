"""The cells of one island: each keeps its few best programs, and an elite leaves only for a better one."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable

import numpy as np

from cladogen.archives.base import Standing

Entry = tuple[float, int]  # (-fitness, number): sorted, the best program of a cell comes first, the older among equals


class Grid:
    """Cells filled so far. ``filled`` lists them in the order of their first program, for drawing one at
    random.
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.cells: dict[int, list[Entry]] = {}
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
                return Standing.REJECTED
            entries.pop()
        best = -entries[0][0] if entries else -np.inf
        insort(entries, (-fitness, number))
        return Standing.IMPROVED if fitness > best else Standing.NEW

    def drop(self, cell: int, number: int) -> bool:
        """Take a program out of its cell; returns whether it was there."""
        entries = self.cells.get(cell, [])
        kept = [entry for entry in entries if entry[1] != number]
        if len(kept) == len(entries):
            return False
        if kept:
            self.cells[cell] = kept
        else:
            del self.cells[cell]
            self.filled.remove(cell)
        if self.best is not None and self.best[1] == number:
            self.best = min((entries[0] for entries in self.cells.values()), default=None)
        return True

    def held(self, cell: int) -> set[int]:
        """Return the programs a cell keeps."""
        return {number for _, number in self.cells.get(cell, ())}

    def clear(self) -> None:
        """Empty every cell."""
        self.cells.clear()
        self.filled.clear()
        self.best = None

    def elites(self) -> list[Entry]:
        """Return the best entry of every filled cell, the best first."""
        return sorted(entries[0] for entries in self.cells.values())

    def numbers(self) -> Iterable[int]:
        """Return every program kept."""
        return (number for entries in self.cells.values() for _, number in entries)

    def draw(self, rng: np.random.Generator, count: int) -> list[Entry]:
        """Return ``count`` entries: a cell at random, then one of its programs at random, each time."""
        where = rng.random(2 * count).tolist()
        drawn = []
        for first, second in zip(where[::2], where[1::2], strict=True):
            entries = self.cells[self.filled[int(first * len(self.filled))]]
            drawn.append(entries[int(second * len(entries))])
        return drawn

    def __len__(self) -> int:
        return sum(len(entries) for entries in self.cells.values())
