"""ShinkaEvolve (arXiv:2509.19349): parents by a power law over ranks, or by weights of score and
novelty.

Parents come from an archive of the best programs, 40 of them; ranks, the median and the median
absolute deviation (MAD) are those of the archive. ``PowerLaw``: the program of rank r (1 is the
best) is drawn with probability proportional to ``r ** -alpha``; alpha 0 is uniform, a large alpha
climbs. ``Weighted``: probability proportional to ``sigmoid(10 (F - median) / MAD) / (1 +
children)``, so that programs above the median with few children come first.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cladogen.archives.base import Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.rule import Rule, propose_seed
from cladogen.archives.weighted import Weighted, sigmoid
from cladogen.kernels.ranks import ranking
from cladogen.task import Propose

_MOST = (
    10_000  # programs of an archive: its median is taken anew when one part in 64 of it has changed
)


class ShinkaPowerLaw(Rule):
    """Power law of exponent ``alpha`` over the ranks of the ``archive`` best programs (0: of all).

    ``inspirations`` are the best program, then random ones of the archive.
    """

    def __init__(
        self, space: Space, *, alpha: float = 1.0, archive: int = 40, inspirations: int = 3
    ) -> None:
        super().__init__(space)
        bounded("alpha", alpha, 0, 100)
        bounded("archive", archive, 0, _MOST)
        bounded("inspirations", inspirations, 0, 1000)
        self.alpha, self.archive, self.inspirations = alpha, archive, inspirations
        self.ranks = ranking()

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Draw a parent by rank."""
        size = min(self.ranks.size(), self.archive or self.ranks.size())
        if not size:
            return propose_seed(ticket, self.population)
        parent = self.ranks.at(power_law(size, self.alpha, rng) - 1)
        top = self.ranks.at(0)
        others = [
            self.ranks.at(int(draw * size)) for draw in rng.random(self.inspirations).tolist()
        ]
        shown = [number for number in dict.fromkeys([top, *others]) if number != parent]
        return Propose(ticket, (parent,), tuple(shown[: self.inspirations]))

    def enter(self, number: int, result: Result) -> Standing:
        self._place(number, math.nan)
        return super().enter(number, result)

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        self._place(number, old)
        return Standing.NOTED

    def _place(self, number: int, old: float) -> None:
        fitness = float(self.population.fitness[number])
        if not math.isnan(old):
            self.ranks.remove(number, old)
        if not math.isnan(fitness):
            self.ranks.insert(number, fitness)


class ShinkaWeighted(Weighted):
    """Weights of score and novelty over the ``archive`` best programs (0: over all); ``steepness``
    is the 10 above.
    """

    def __init__(self, space: Space, *, steepness: float = 10.0, archive: int = 40) -> None:
        super().__init__(space)
        bounded("steepness", steepness, 0)
        bounded("archive", archive, 0, _MOST)
        self.steepness, self.archive = steepness, archive
        self.ranks = ranking()
        self.median, self.deviation = 0.0, 1.0
        self._moves = 0  # changes of the archive since its median was taken

    def judge(self, number: int, result: Result) -> None:
        """Move a program to its new rank; one may leave the archive for it, or come back in its
        place.
        """
        old, new = float(self.scores[number]), float(self.population.fitness[number])
        inside, waiting = self.holds(number), self.ranks.at(self.archive)
        if not math.isnan(old):
            self.ranks.remove(number, old)
        self.scores[number] = new
        if not math.isnan(new):
            self.ranks.insert(number, new)
        self._moves += inside or self.holds(number)
        if self._moves > min(self.ranks.size(), self.archive or self.ranks.size()) // 64:
            self._moves = 0
            self._survey()
        for one in (number, waiting, self.ranks.at(self.archive)):
            if one >= 0:
                self.weigh(one)

    def weigh(self, number: int) -> None:
        """Set the weight of one program, none outside the archive."""
        if self.holds(number):
            super().weigh(number)
        else:
            self.tree.set(number, 0.0)

    def holds(self, number: int) -> bool:
        """Return whether a program is in the archive; all are in one of size 0."""
        score, last = self.scores[number], self.ranks.at(self.archive - 1)
        return not math.isnan(score) and (
            last < 0 or (score, -number) >= (self.scores[last], -last)
        )

    def _survey(self) -> None:
        """Take the median and the deviation anew, and the weights by them."""
        if self.archive and self.ranks.size() > self.archive:
            members = list(map(self.ranks.at, range(self.archive)))
            scores = self.scores.array[members]
        else:
            members, scores = None, self.known()
        if not len(scores):
            return
        self.median = float(np.median(scores))
        self.deviation = max(float(np.median(np.abs(scores - self.median))), 1e-6)
        if members is None:
            self.weigh_all()
        else:
            for number in members:
                super().weigh(number)

    def unit(self, scores: Any) -> Any:
        """Return scores as they are: the median and the deviation are their scale."""
        return scores

    def weight(self, scores: Any, children: Any) -> Any:
        """Return the sigmoid of the robust score, shared among the children to come."""
        return sigmoid(self.steepness * (scores - self.median) / self.deviation) / (1 + children)


def power_law(size: int, alpha: float, rng: np.random.Generator) -> int:
    """Return a rank from 1 to ``size`` with probability proportional to ``rank ** -alpha``, in
    constant time.

    Rejection-inversion (Hörmann and Derflinger, 1996).
    """

    def area(x: float) -> float:
        return math.log(x) if alpha == 1 else (x ** (1 - alpha) - 1) / (1 - alpha)

    def edge(y: float) -> float:
        return math.exp(y) if alpha == 1 else max(1 + y * (1 - alpha), 1e-300) ** (1 / (1 - alpha))

    low, high = area(1.5) - 1.0, area(size + 0.5)
    while True:
        draw = low + float(rng.random()) * (high - low)
        rank = min(max(int(edge(draw) + 0.5), 1), size)
        if draw >= area(rank + 0.5) - rank**-alpha:
            return rank
