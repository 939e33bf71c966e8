"""NSGA-II (Deb, Pratap, Agarwal and Meyarivan, 2002) for several objectives, one program at a time.

The population is sorted into fronts by dominance and, within a front, by crowding distance. A parent wins a binary
tournament by front, then by distance. When a program enters a full population, the most crowded of the last front
leaves (steady state: no generations to wait for).
"""

from __future__ import annotations

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.rule import Rule, propose_seed
from cladogen.kernels.pareto import crowding, nondominated_fronts
from cladogen.task import Propose


class NsgaTwo(Rule):
    """``members`` programs, sorted by dominance over all objectives, the declared one among them."""

    def __init__(self, space: Space, *, members: int = 64, crossover: float = 0.3, inspirations: int = 2) -> None:
        super().__init__(space)
        bounded("members", members, 2, 100_000)
        bounded("crossover", crossover, 0, 1)
        bounded("inspirations", inspirations, 0, 1000)
        self.room, self.crossover, self.inspirations = members, crossover, inspirations
        self.members: list[int] = []
        self.points = np.zeros((0, len(space.objectives)))
        self.fronts = np.zeros(0, np.int32)
        self.distances = np.zeros(0)

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Hold a tournament for each parent."""
        if not self.members:
            return propose_seed(ticket, self.population)
        parents = [self._winner(rng)]
        if rng.random() < self.crossover:
            mate = self._winner(rng)
            parents += [mate] if mate != parents[0] else []
        places = (rng.random(self.inspirations) * len(self.members)).astype(int).tolist()
        shown = dict.fromkeys(self.members[place] for place in places)
        return Propose(ticket, tuple(parents), tuple(number for number in shown if number not in parents))

    def enter(self, number: int, result: Result) -> Standing:
        """Take a scored program in; the worst of a full population leaves."""
        if result.score is None or result.score.fitness is None:
            return Standing.REJECTED
        self.members.append(number)
        self.points = np.vstack([self.points, self._point(result)])
        self._sort()
        return Standing.NEW if number in self.members else Standing.REJECTED

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Move a program that was measured again."""
        if number in self.members:
            place = self.members.index(number)
            del self.members[place]
            self.points = np.delete(self.points, place, axis=0)
        if result.score is not None and result.score.fitness is not None:
            self.members.append(number)
            self.points = np.vstack([self.points, self._point(result)])
        self._sort()
        return Standing.NOTED

    def view(self) -> ArchiveView:
        """Return the size of the population and of its first front."""
        line = f"{int(np.sum(self.fronts == 0))} of {len(self.members)} programs are dominated by none"
        return ArchiveView(kept=max(1, len(self.members)), lines=(line,))

    def _point(self, result: Result) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        score = result.score
        values = score.objectives if score is not None and score.objectives else (score and score.fitness,)
        point = np.full(len(self.space.objectives), -np.inf)
        point[: len(values)] = values
        return point

    def _sort(self) -> None:
        finite = np.nan_to_num(self.points, nan=-1e300, neginf=-1e300, posinf=1e300)
        self.fronts = nondominated_fronts(finite)
        self.distances = crowding(finite, self.fronts)
        if len(self.members) > self.room:
            worst = max(  # Among equals the youngest leaves.
                range(len(self.members)),
                key=lambda place: (self.fronts[place], -self.distances[place], self.members[place]),
            )
            del self.members[worst]
            self.points = np.delete(self.points, worst, axis=0)
            self._sort()

    def _winner(self, rng: np.random.Generator) -> int:
        first, second = (int(share * len(self.members)) for share in rng.random(2).tolist())
        if (self.fronts[second], -self.distances[second]) < (self.fronts[first], -self.distances[first]):
            first = second
        return self.members[first]
