"""Programs in the order of fitness, the best first: by rank, while programs come and change."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from typing import cast

from cladogen.kernels import native


class Ranking:
    """Numbers sorted by falling fitness, the older first among equals. The meaning of the C++
    class.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[float, int]] = []

    def insert(self, number: int, fitness: float) -> None:
        """Take in a number."""
        insort(self._entries, (-fitness, number))

    def remove(self, number: int, fitness: float) -> bool:
        """Take out a number that was inserted with this fitness; False when it is not there."""
        index = bisect_left(self._entries, (-fitness, number))
        if index == len(self._entries) or self._entries[index] != (-fitness, number):
            return False
        del self._entries[index]
        return True

    def at(self, index: int) -> int:
        """Return the number at an index (0 is the best); -1 beyond the end."""
        return self._entries[index][1] if 0 <= index < len(self._entries) else -1

    def propose(self, heat: float, where: float) -> tuple[int, float]:
        """Return a number to draw with weight exp((fitness - best) / heat), and the chance to
        accept it with.

        Numbers that weigh between a bound and half of it are a bucket, in which each counts for the
        bound: the number is the one under the share ``where`` of these. Propose until one is
        accepted, two times on average at most: the draw is exact, and costs a search for each
        bucket instead of a sum over all. (-1, 0.0) when there is none.
        """
        if not self._entries:
            return -1, 0.0
        buckets = self._buckets(heat)
        before, bound, _, count = buckets[-1]
        target = where * (before + count * bound)
        at = bisect_right(buckets, target, 1, key=lambda bucket: bucket[0]) - 1
        before, bound, first, count = buckets[at]
        loss, number = self._entries[first + min(int((target - before) / bound), count - 1)]
        return number, math.exp((self._entries[first][0] - loss) / heat)

    def _buckets(self, heat: float) -> list[tuple[float, float, int, int]]:
        """Return what the buckets before each weigh at their bounds, its bound, its first place,
        and its size.
        """
        found, before, first = [], 0.0, 0
        while first < len(self._entries):
            loss = self._entries[first][0]
            bound = math.exp((self._entries[0][0] - loss) / heat)
            # What is left weighs nothing that a double could tell.
            if (len(self._entries) - first) * bound < 1e-16:
                break
            count = bisect_right(self._entries, (loss + heat * math.log(2.0), math.inf)) - first
            found.append((before, bound, first, count))
            before, first = before + count * bound, first + count
        return found

    def size(self) -> int:
        """Return how many numbers there are."""
        return len(self._entries)


def ranking() -> Ranking:
    """Return an empty ranking, the C++ one where it was built."""
    return Ranking() if native is None else cast(Ranking, native.Ranking())
