"""FunSearch (Romera-Paredes et al., Nature 2024): islands of clusters of programs that behave the same.

On an island, programs with one signature form a cluster. A cluster is drawn with probability proportional to
``exp(score / T)``, a program of it at random. T falls linearly over ``period`` programs of the island and starts
again. Every ``reset_every`` results the worse half of the islands is emptied, each to start again from the best
program of a surviving island.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule, propose_seed
from cladogen.kernels.ranks import ranking
from cladogen.task import Propose, Task


class _Island:
    """Clusters by signature, in the order they came: score, first program, and the others where there are more."""

    def __init__(self) -> None:
        self.order = ranking()
        self.scores = Column("f8", 0.0)
        self._clusters: dict[int, int] = {}
        self._first = Column("i4", -1)
        self._others: dict[int, list[int]] = {}
        self.programs = 0
        self.told = 0
        self.flying = 0

    def __len__(self) -> int:
        return len(self._clusters)

    def register(self, number: int, signature: str, score: float) -> Standing:
        """Add a program to the cluster of its signature."""
        self.programs += 1
        # Eight bytes of a hash instead of the signature: a million clusters must fit.
        key = int.from_bytes(hashlib.blake2b(signature.encode(), digest_size=8).digest(), "big")
        cluster = self._clusters.setdefault(key, len(self._clusters))
        if cluster < self.order.size():
            self._others.setdefault(cluster, []).append(number)
            return Standing.NOTED
        self.order.insert(cluster, score)
        self.scores[cluster], self._first[cluster] = score, number
        return Standing.NEW

    def best(self) -> tuple[int, float] | None:
        """Return the first program of the best cluster, and its score."""
        cluster = self.order.at(0)
        return None if cluster < 0 else (int(self._first[cluster]), float(self.scores[cluster]))

    def members(self, cluster: int) -> list[int]:
        """Return the programs of a cluster."""
        return [int(self._first[cluster]), *self._others.get(cluster, ())]


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
        if not len(island):
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
                standing = island.register(number, signature, score.fitness)
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
        sizes = tuple(len(island) for island in self.islands)
        return ArchiveView(kept=max(1, self.population.scored), islands=sizes)

    def _draw(self, island: _Island, rng: np.random.Generator) -> int:
        """Draw a cluster by the softmax of scores, then one of its programs."""
        programs = island.members(island.order.draw(self._heat(island), float(rng.random())))
        return programs[int(rng.integers(len(programs)))] if len(programs) > 1 else programs[0]

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
        bests = [island.best() for island in self.islands]
        order = sorted(range(len(bests)), key=lambda at: -math.inf if (best := bests[at]) is None else best[1])
        worse, survivors = order[: len(order) // 2], order[len(order) // 2 :]
        for turn, at in enumerate(worse):
            old, self.islands[at] = self.islands[at], _Island()
            self.islands[at].told, self.islands[at].flying = old.told, old.flying
            founder = bests[survivors[turn % len(survivors)]]
            if founder is not None:
                self.islands[at].register(founder[0], f"#{founder[0]}", founder[1])
