"""Numbers of 64 bits that are all kept, in some ten bytes each: a set takes seventy."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 1024  # that came lately, at the least
SHARE = 8  # of all, one part


class KnownNumbers:
    """A set that only grows: most of it sorted, and what came lately."""

    def __init__(self) -> None:
        self._sorted = array("q")
        self._late: set[int] = set()

    def __len__(self) -> int:
        return len(self._sorted) + len(self._late)

    def __contains__(self, number: int) -> bool:
        if number in self._late:
            return True
        at = bisect_left(self._sorted, number)
        return at < len(self._sorted) and self._sorted[at] == number

    def add(self, number: int) -> bool:
        """Remember a number; return whether it was not known."""
        if number in self:
            return False
        self._late.add(number)
        if len(self._late) > max(FEW, len(self._sorted) // SHARE):
            self._sort_in()
        return True

    def _sort_in(self) -> None:
        late = np.fromiter(self._late, "i8", len(self._late))
        every = np.concatenate([np.frombuffer(self._sorted.tobytes(), "i8"), late])
        every.sort()
        self._sorted = array("q", every.tobytes())
        self._late = set()

    def state(self) -> NDArray[Any]:
        """Return all of it, in order."""
        self._sort_in()
        return np.frombuffer(self._sorted.tobytes(), "i8")

    def restore(self, state: NDArray[Any]) -> None:
        """Take in what `state` gave."""
        self._sorted, self._late = array("q", state.tobytes()), set()
