"""ShinkaEvolve (arXiv:2509.19349): parents by a power law over ranks, or by weights of score and novelty.

``PowerLaw``: the program of rank r (1 is the best) is drawn with probability proportional to ``r ** -alpha``; alpha 0
is uniform, a large alpha climbs. ``Weighted``: probability proportional to ``sigmoid(10 (F - median) / MAD) / (1 +
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


class ShinkaPowerLaw(Rule):
    """Power law of exponent ``alpha`` over ranks; ``inspirations`` are the best programs, then random ones."""

    def __init__(self, space: Space, *, alpha: float = 1.0, inspirations: int = 3) -> None:
        super().__init__(space)
        bounded("alpha", alpha, 0, 100)
        bounded("inspirations", inspirations, 0, 1000)
        self.alpha, self.inspirations = alpha, inspirations
        self.ranks = ranking()

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Draw a parent by rank."""
        size = self.ranks.size()
        if not size:
            return propose_seed(ticket, self.population)
        parent = self.ranks.at(power_law(size, self.alpha, rng) - 1)
        top = self.ranks.at(0)
        others = [self.ranks.at(int(place * size)) for place in rng.random(self.inspirations).tolist()]
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
    """Weights of score and novelty; ``steepness`` is the 10 above."""

    def __init__(self, space: Space, *, steepness: float = 10.0) -> None:
        super().__init__(space)
        bounded("steepness", steepness, 0)
        self.steepness = steepness
        self.median, self.deviation = 0.0, 1.0

    def value(self, number: int, result: Result) -> float:
        """Return the fitness, also where the objective has a range."""
        return float(self.population.fitness[number])

    def survey(self, grown: bool) -> bool:
        """Take the median and the median absolute deviation from the population."""
        if not grown:
            return False
        scores = self.known()
        if len(scores):
            median = float(np.median(scores))
            deviation = max(float(np.median(np.abs(scores - median))), 1e-6)
            changed = (median, deviation) != (self.median, self.deviation)
            self.median, self.deviation = median, deviation
            return changed
        return False

    def unit(self, scores: Any) -> Any:
        """Return scores as they are: the median and the deviation are their scale."""
        return scores

    def weight(self, scores: Any, children: Any) -> Any:
        """Return the sigmoid of the robust score, shared among the children to come."""
        return sigmoid(self.steepness * (scores - self.median) / self.deviation) / (1 + children)


def power_law(size: int, alpha: float, rng: np.random.Generator) -> int:
    """Return a rank from 1 to ``size`` with probability proportional to ``rank ** -alpha``, in constant time.

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
