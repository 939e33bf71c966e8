"""Numbers by number, in the order in which they came: a few bytes each, for a million of them."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Chains:
    """For each key (a small whole number) a chain of values, which can only grow."""

    def __init__(self) -> None:
        self._newest = array("i")  # by key: the place of its last value, -1 for none
        self._before = array("i")  # by place: that of the value before it under the same key
        self._values = array("q")

    def add(self, key: int, value: int) -> None:
        """Put a value at the end of a key's chain."""
        if key >= len(self._newest):
            self._newest.extend([-1] * (key + 1 - len(self._newest)))
        self._before.append(self._newest[key])
        self._newest[key] = len(self._values)
        self._values.append(value)

    def state(self) -> list[NDArray[Any]]:
        """Return all of it, as arrays, which are to be let go of before it grows."""
        return list(map(as_array, (self._newest, self._before, self._values)))

    def restore(self, state: list[NDArray[Any]]) -> None:
        """Take in what `state` gave."""
        newest, before, values = (each.tobytes() for each in state)
        self._newest, self._before = array("i", newest), array("i", before)
        self._values = array("q", values)

    def of(self, key: int) -> list[int]:
        """Return a key's values, the first that came first."""
        at = self._newest[key] if key < len(self._newest) else -1
        found = []
        while at >= 0:
            found.append(self._values[at])
            at = self._before[at]
        found.reverse()
        return found


def as_array(values: array[Any]) -> NDArray[Any]:
    """Return an array that shares its memory; it cannot grow until that is let go of."""
    return np.frombuffer(values, values.typecode)
