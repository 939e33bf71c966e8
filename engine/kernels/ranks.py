"""Programs in the order of fitness, the best first: by rank, while programs come and change."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import cast

import numpy as np

from cladogen.kernels import native


class Ranking:
    """Numbers sorted by falling fitness, the older first among equals. The meaning of the C++ class."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int]] = []

    def insert(self, number: int, fitness: float) -> None:
        """Take in a number."""
        insort(self._entries, (-fitness, number))

    def remove(self, number: int, fitness: float) -> bool:
        """Take out a number that was inserted with this fitness; False when it is not there."""
        place = bisect_left(self._entries, (-fitness, number))
        if place == len(self._entries) or self._entries[place] != (-fitness, number):
            return False
        del self._entries[place]
        return True

    def at(self, place: int) -> int:
        """Return the number at a place (0 is the best); -1 beyond the end."""
        return self._entries[place][1] if 0 <= place < len(self._entries) else -1

    def draw(self, heat: float, where: float) -> int:
        """Return the number under the share ``where`` of the weights exp((fitness - best) / heat); -1 for none."""
        if not self._entries:
            return -1
        losses = np.array([loss for loss, _ in self._entries])
        weights = np.cumsum(np.exp(np.maximum((losses[0] - losses) / heat, -700.0)))
        place = int(np.searchsorted(weights, where * weights[-1], side="right"))
        return self._entries[min(place, len(weights) - 1)][1]

    def size(self) -> int:
        """Return how many numbers there are."""
        return len(self._entries)


def ranking() -> Ranking:
    """Return an empty ranking, the C++ one where it was built."""
    return Ranking() if native is None else cast(Ranking, native.Ranking())
