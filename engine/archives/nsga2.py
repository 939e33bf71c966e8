"""NSGA-II (Deb, Pratap, Agarwal and Meyarivan, 2002) for several objectives, one program at a time.

The population is sorted into fronts by dominance and, within a front, by crowding distance. A
parent wins a binary tournament by front, then by distance. When a program enters a full population,
the most crowded of the last front leaves (steady state: no generations to wait for).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.rule import Rule, propose_seed
from cladogen.evaluation import Score
from cladogen.kernels.pareto import crowding, most_crowded, nondominated_fronts
from cladogen.task import Propose

_MOST = 1e300  # no value counts as more, or as less than its negative


class NsgaTwo(Rule):
    """``members`` programs, sorted by dominance over all objectives, the declared one among
    them.
    """

    def __init__(
        self, space: Space, *, members: int = 64, crossover: float = 0.3, inspirations: int = 2
    ) -> None:
        super().__init__(space)
        bounded("members", members, 2, 100_000)
        bounded("crossover", crossover, 0, 1)
        bounded("inspirations", inspirations, 0, 1000)
        self.capacity, self.crossover, self.inspirations = members, crossover, inspirations
        self.members: list[int] = []
        self._points = np.zeros((members + 1, len(space.objectives)))
        self._order: tuple[NDArray[np.int32], NDArray[np.float64]] | None = None

    @property
    def order(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The front and the crowding distance of every member, found when they are asked for."""
        if self._order is None:
            points = self._points[: len(self.members)]
            fronts = nondominated_fronts(points)
            self._order = fronts, crowding(points, fronts)
        return self._order

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Hold a tournament for each parent."""
        if not self.members:
            return propose_seed(ticket, self.population)
        parents = [self._winner(rng)]
        if rng.random() < self.crossover:
            mate = self._winner(rng)
            parents += [mate] if mate != parents[0] else []
        places = (rng.random(self.inspirations) * len(self.members)).astype(int).tolist()
        shown = dict.fromkeys(self.members[at] for at in places)
        return Propose(
            ticket, tuple(parents), tuple(number for number in shown if number not in parents)
        )

    def enter(self, number: int, result: Result) -> Standing:
        """Take a scored program in; the worst of a full population leaves."""
        if result.ranked is None:
            return Standing.REJECTED
        self._take(number, result.ranked)
        return Standing.NEW if number in self.members else Standing.REJECTED

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Move a program that was measured again."""
        if number in self.members:
            self._drop(self.members.index(number))
        if result.ranked is not None:
            self._take(number, result.ranked)
        return Standing.NOTED

    def view(self) -> ArchiveView:
        """Return the size of the population and of its first front."""
        line = (
            f"{int(np.sum(self.order[0] == 0))} of {len(self.members)} programs are dominated "
            "by none"
        )
        return ArchiveView(kept=max(1, len(self.members)), lines=(line,))

    def _take(self, number: int, score: Score) -> None:
        values = score.objectives or (score.fitness,)
        row = list(map(_finite, values))
        self._points[len(self.members)] = row + [-_MOST] * (self._points.shape[1] - len(row))
        self.members.append(number)
        self._order = None
        if len(self.members) > self.capacity:
            self._drop(most_crowded(self._points[: len(self.members)], self.members))

    def _drop(self, at: int) -> None:
        last = len(self.members) - 1
        self._points[at] = self._points[last]
        self.members[at] = self.members[last]
        del self.members[last]
        self._order = None

    def _winner(self, rng: np.random.Generator) -> int:
        first, second = (int(share * len(self.members)) for share in rng.random(2).tolist())
        fronts, distances = self.order
        if (fronts[second], -distances[second]) < (fronts[first], -distances[first]):
            first = second
        return self.members[first]


def _finite(value: float | None) -> float:
    return -_MOST if value is None or math.isnan(value) else max(-_MOST, min(float(value), _MOST))
