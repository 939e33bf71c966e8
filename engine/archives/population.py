"""What is known of every program of a run, as columns: number -> value, some bytes each, a million
of them at ease.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Column:
    """A growing array from program number to value; what was never set holds ``fill``.

    Single values are read and written through a memoryview of the array: Python numbers, in a third
    of NumPy's time. With a ``width`` every number has a row.
    """

    __slots__ = ("_cells", "_fill", "_missing", "_size", "array")

    def __init__(self, dtype: str, fill: float, width: int | None = None) -> None:
        self._fill = fill
        self._missing: Any = fill if width is None else np.full(width, fill, dtype)
        self._hold(np.full(16 if width is None else (16, width), fill, dtype))

    def __getitem__(self, number: int) -> Any:
        return self._cells[number] if number < self._size else self._missing

    def __setitem__(self, number: int, value: Any) -> None:
        if number >= self._size:
            self.reserve(number + 1)
        self._cells[number] = value

    def put(self, numbers: NDArray[np.int64], values: Any) -> None:
        """Set the values of many numbers."""
        self.reserve(int(numbers.max()) + 1)
        self.array[numbers] = values

    def reserve(self, size: int) -> None:
        """Make room for numbers below ``size``."""
        if size > self._size:
            grown = np.full(
                (max(size, 2 * self._size), *self.array.shape[1:]), self._fill, self.array.dtype
            )
            grown[: self._size] = self.array
            self._hold(grown)

    def state(self) -> NDArray[Any]:
        """Return what is set, as an array."""
        return self.array

    def restore(self, state: NDArray[Any]) -> None:
        """Take values in as `state` gave them, and keep the array."""
        self._hold(state)

    def _hold(self, array: NDArray[Any]) -> None:
        self.array, self._size = array, len(array)
        self._cells: Any = array if array.ndim > 1 else memoryview(array)  # type: ignore[arg-type]


class Population:
    """Fitness, first parent and children made of every program told so far.

    Programs without a score (they failed, or nothing of them was measured yet) have the fitness
    NaN.
    """

    def __init__(self) -> None:
        self.fitness = Column("f8", math.nan)
        self.parent = Column("i4", -1)
        self.children = Column("i4", 0)
        self._known = Column("?", False)
        self.seeds: list[int] = []
        self.size = 0  # one more than the highest number
        self.count = 0
        self.scored = 0
        self.last: int | None = None
        self._best: int | None = None
        # the best program was scored anew, and lower: who is best now is found when asked for
        self._fell = False

    def __contains__(self, number: int) -> bool:
        return bool(self._known[number])

    @property
    def best(self) -> int | None:
        """The fittest program, the older among equals; None while none has a score."""
        if self._fell:
            self._best, self._fell = next(iter(self.ranked(1)), None), False
        return self._best

    def enter(self, number: int, parents: tuple[int, ...], fitness: float | None) -> None:
        """Take in a new program, a child of its parents; one without parents is a seed."""
        self._known[number] = True
        self.count += 1
        if number >= self.size:
            self.size = number + 1
        if parents:
            self.parent[number] = parents[0]
            for parent in parents:
                self.children[parent] += 1
        else:
            self.seeds.append(number)
        if fitness is not None and not math.isnan(fitness):
            self.fitness[number] = fitness
            self.count_score(number, fitness)

    def enter_all(
        self,
        numbers: NDArray[np.int64],
        parents: Sequence[tuple[int, ...]],
        fitness: NDArray[np.float64],
    ) -> None:
        """Take in new programs that have parents; each score is still to be counted, in order."""
        self.count += len(numbers)
        self.size = max(self.size, int(numbers.max()) + 1)
        self._known.put(numbers, True)
        self.parent.put(numbers, [first for first, *_ in parents])
        self.fitness.put(numbers, fitness)
        every = np.fromiter(chain.from_iterable(parents), "i8")
        self.children.reserve(int(every.max()) + 1)
        np.add.at(self.children.array, every, 1)

    def count_score(self, number: int, fitness: float) -> None:
        """Count the first score of a program."""
        self.scored += 1
        self.last = number
        self._challenge(number, fitness)

    def score(self, number: int, fitness: float | None) -> float:
        """Set a program's fitness and return the one it had (NaN when it had none)."""
        old: float = self.fitness[number]
        new = math.nan if fitness is None else fitness
        self.fitness[number] = new
        self.scored += math.isnan(old) - math.isnan(new)
        if not math.isnan(new):
            self.last = number
            self._challenge(number, new)
        self._fell |= number == self._best and (math.isnan(new) or new < old)
        return old

    def _challenge(self, number: int, fitness: float) -> None:
        if self._best is None or fitness > self.fitness[self._best]:
            self._best = number

    def ranked(self, count: int) -> tuple[int, ...]:
        """Return up to ``count`` numbers of scored programs, the fittest first, the older first
        among equals.
        """
        fitness = self.fitness.array[: self.size]
        loss = np.where(np.isnan(fitness), np.inf, -fitness)
        count = min(count, self.scored)
        if count <= 0:
            return ()
        # Everything up to the count-th value takes part, so that ties are broken by age and not by
        # the partition.
        limit = np.partition(loss, count - 1)[count - 1]
        numbers = np.flatnonzero(loss <= limit)
        order = np.lexsort((numbers, loss[numbers]))[:count]
        return tuple(map(int, numbers[order]))
