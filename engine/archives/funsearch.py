"""FunSearch (Romera-Paredes et al., Nature 2024): islands of clusters of programs that behave the same.

On an island, programs with one signature form a cluster. A cluster is drawn with probability proportional to
``exp(score / T)``, a program of it at random. T falls linearly over ``period`` programs of the island and starts
again. Every ``reset_every`` results the worse half of the islands is emptied, each to start again from the best
program of a surviving island.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.rule import Rule, propose_seed
from cladogen.kernels.ranks import Ranking, ranking
from cladogen.task import Propose, Task

_NEGLIGIBLE = 37.0  # exp(-37): a cluster this far below the best, in temperatures, is never drawn


@dataclass(slots=True)
class _Island:
    """Clusters by signature: their programs, and their places in the order of scores."""

    clusters: dict[str, list[int]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    order: Ranking = field(default_factory=ranking)
    programs: int = 0
    told: int = 0
    flying: int = 0


class FunSearch(Rule):
    """Islands of clusters. ``temperature`` is in units of the spread of scores: the best minus the first seed's."""

    def __init__(
        self,
        space: Space,
        *,
        islands: int = 10,
        temperature: float = 0.1,
        period: int = 30_000,
        reset_every: int = 2_000,
        inspirations: int = 1,
    ) -> None:
        super().__init__(space)
        bounded("islands", islands, 1, 1000)
        bounded("temperature", temperature, 1e-9)
        bounded("period", period, 1)
        bounded("reset_every", reset_every, 1)
        bounded("inspirations", inspirations, 0, 1000)
        self.temperature, self.period, self.reset_every = temperature, period, reset_every
        self.inspirations = inspirations
        self.islands = [_Island() for _ in range(islands)]
        self._told = 0

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Draw clusters of the island whose turn it is; the best program drawn is the parent, the others inspire."""
        place = min(range(len(self.islands)), key=lambda at: self.islands[at].told + self.islands[at].flying)
        island = self.islands[place]
        if not island.clusters:
            return Propose(ticket, propose_seed(ticket, self.population).parents, island=place)
        drawn = [self._draw(island, rng) for _ in range(1 + self.inspirations)]
        drawn = sorted(dict.fromkeys(drawn), key=lambda number: -float(self.population.fitness[number]))
        return Propose(ticket, (drawn[0],), tuple(drawn[1:]), island=place)

    def enter(self, number: int, result: Result) -> Standing:
        """Register a program on its island, a seed on all."""
        score = result.score
        standing = Standing.REJECTED
        if score is not None and score.fitness is not None:
            signature = score.signature or f"#{number}"
            seed = number in self.population.seeds
            homes = self.islands if seed else [self.islands[result.task.island % len(self.islands)]]
            for island in homes:
                standing = self._register(island, number, signature, score.fitness)
        self._count(result)
        return standing

    def noted(self, result: Result) -> None:
        self._count(result)

    def departed(self, task: Task) -> None:
        self.islands[task.island].flying += 1

    def landed(self, task: Task) -> None:
        self.islands[task.island].flying -= 1

    def view(self) -> ArchiveView:
        """Return clusters per island."""
        sizes = tuple(len(island.clusters) for island in self.islands)
        return ArchiveView(kept=max(1, self.population.scored), islands=sizes)

    def _register(self, island: _Island, number: int, signature: str, fitness: float) -> Standing:
        island.programs += 1
        if signature in island.clusters:
            island.clusters[signature].append(number)
            return Standing.NOTED
        island.clusters[signature] = [number]
        island.scores[signature] = fitness
        island.names.append(signature)
        island.order.insert(len(island.names) - 1, fitness)
        return Standing.NEW

    def _draw(self, island: _Island, rng: np.random.Generator) -> int:
        """Draw a cluster by the softmax, walking down from the best while there is anything left to gain."""
        heat = self._heat(island)
        target, count = float(rng.random()), island.order.size()
        best = island.scores[island.names[island.order.at(0)]]
        weights: list[float] = []
        names: list[str] = []
        for place in range(count):
            name = island.names[island.order.at(place)]
            fall = (best - island.scores[name]) / heat
            if fall > _NEGLIGIBLE or (weights and (count - place) * math.exp(-fall) < 1e-9 * weights[0]):
                break
            weights.append(math.exp(-fall))
            names.append(name)
        steps = np.cumsum(weights)
        name = names[min(int(np.searchsorted(steps, target * steps[-1], side="right")), len(names) - 1)]
        programs = island.clusters[name]
        return programs[int(rng.integers(len(programs)))]

    def _heat(self, island: _Island) -> float:
        best = self.population.best
        seed = float(self.population.fitness[self.population.seeds[0]])
        spread = abs(float(self.population.fitness[best]) - seed) if best is not None and not math.isnan(seed) else 0.0
        cooled = 1 - (island.programs % self.period) / self.period
        return max(self.temperature * cooled * (spread or 1.0), 1e-12)

    def _count(self, result: Result) -> None:
        self.islands[result.task.island % len(self.islands)].told += 1
        self._told += 1
        if self._told % self.reset_every == 0:
            self._reset()

    def _reset(self) -> None:
        def best(island: _Island) -> float:
            return island.scores[island.names[island.order.at(0)]] if island.clusters else -math.inf

        order = sorted(range(len(self.islands)), key=lambda at: best(self.islands[at]))
        worse, survivors = order[: len(order) // 2], order[len(order) // 2 :]
        for turn, at in enumerate(worse):
            founder = self.islands[survivors[turn % len(survivors)]]
            old, self.islands[at] = self.islands[at], _Island()
            self.islands[at].told, self.islands[at].flying = old.told, old.flying
            if founder.clusters:
                name = founder.names[founder.order.at(0)]
                self._register(self.islands[at], founder.clusters[name][0], name, founder.scores[name])
