"""FunSearch (Romera-Paredes et al., Nature 2024): islands of clusters of programs that behave the
same.

On an island, programs with one signature form a cluster. A cluster is drawn with probability
proportional to ``exp(score / T)``, a program of it at random. T falls linearly over ``period``
programs of the island and starts again. Every ``reset_every`` results the worse half of the islands
is emptied, each to start again from the best program of a surviving island; which of two equal ones
is the worse is as good as chance.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left, insort

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule, propose_seed
from cladogen.kernels.ranks import ranking
from cladogen.task import Propose, Task


class _Island:
    """Clusters by key, in the order they came: score, first program, and the others, sorted, where
    there are more.

    The score of a cluster is that of its first program.
    """

    def __init__(self) -> None:
        self.order = ranking()
        self.scores = Column("f8", 0.0)
        self._clusters: dict[int, int] = {}
        self._opened = 0
        self._first = Column("i4", -1)
        self._others: dict[int, list[int]] = {}
        self.programs = 0
        self.told = 0
        self.flying = 0

    def __len__(self) -> int:
        return len(self._clusters)

    def register(self, number: int, key: int, score: float) -> Standing:
        """Add a program to the cluster of its key."""
        self.programs += 1
        cluster = self._clusters.setdefault(key, self._opened)
        if cluster < self._opened:
            insort(self._others.setdefault(cluster, []), number)
            return Standing.NOTED
        self._opened += 1
        self._lead(cluster, number, score)
        return Standing.NEW

    def withdraw(self, number: int, key: int, fitness: Column) -> bool:
        """Take a program out of the cluster of its key; returns whether it was there."""
        cluster = self._clusters.get(key, -1)
        others = self._others.get(cluster, [])
        if cluster >= 0 and self._first[cluster] == number:
            self.order.remove(cluster, self.scores[cluster])
            if others:
                self._lead(cluster, others[0], fitness[others[0]])
                del others[0]
            else:
                del self._clusters[key]
        else:
            index = bisect_left(others, number)
            if index == len(others) or others[index] != number:
                return False
            del others[index]
        self.programs -= 1
        if not others:
            self._others.pop(cluster, None)
        return True

    def best(self) -> tuple[int, float] | None:
        """Return the first program of the best cluster, and its score."""
        cluster = self.order.at(0)
        return None if cluster < 0 else (int(self._first[cluster]), float(self.scores[cluster]))

    def draw(self, heat: float, rng: np.random.Generator) -> int:
        """Draw a cluster by the softmax of scores, then one of its programs."""
        while True:
            cluster, chance = self.order.propose(heat, float(rng.random()))
            if rng.random() < chance:
                break
        others = self._others.get(cluster, ())
        index = int(rng.integers(1 + len(others))) if others else 0
        return others[index - 1] if index else int(self._first[cluster])

    def _lead(self, cluster: int, number: int, score: float) -> None:
        self.order.insert(cluster, score)
        self.scores[cluster], self._first[cluster] = score, number


class FunSearch(Rule):
    """Islands of clusters. ``temperature`` is in units of the spread of scores: the best minus the
    first seed's.
    """

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
        self._keys = Column("u8", 0)  # of the cluster that a program is in
        self._told = 0

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Draw clusters of the island whose turn it is; the best program drawn is the parent, the
        others inspire.
        """
        index = min(
            range(len(self.islands)), key=lambda at: self.islands[at].told + self.islands[at].flying
        )
        island = self.islands[index]
        if not len(island):
            return Propose(ticket, propose_seed(ticket, self.population).parents, island=index)
        heat = self._heat(island)
        drawn = [island.draw(heat, rng) for _ in range(1 + self.inspirations)]
        drawn = sorted(
            dict.fromkeys(drawn), key=lambda number: -float(self.population.fitness[number])
        )
        return Propose(ticket, (drawn[0],), tuple(drawn[1:]), island=index)

    def enter(self, number: int, result: Result) -> Standing:
        """Register a program on its island, a seed on all."""
        scored, homes = result.fitness is not None, self._homes(number, result)
        standing = self._settle(number, result, homes) if scored else Standing.REJECTED
        self._count(result)
        return standing

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Move a program measured again to the cluster it belongs to now, on every island that has
        it.
        """
        before = self._keys[number]
        if result.fitness == old and _key(number, result.signature) == before:
            return Standing.NOTED
        homes = self._homes(number, result)
        if not math.isnan(old):
            fitness = self.population.fitness
            homes = [island for island in self.islands if island.withdraw(number, before, fitness)]
        if result.fitness is not None:
            self._settle(number, result, homes)
        return Standing.NOTED

    def noted(self, result: Result) -> None:
        self._count(result)

    def departed(self, task: Task) -> None:
        self.islands[task.island].flying += 1

    def landed(self, task: Task) -> None:
        self.islands[task.island].flying -= 1

    def view(self) -> ArchiveView:
        """Return clusters per island."""
        sizes = tuple(map(len, self.islands))
        return ArchiveView(kept=max(1, self.population.scored), islands=sizes)

    def _homes(self, number: int, result: Result) -> list[_Island]:
        seed = number in self.population.seeds
        return self.islands if seed else [self.islands[result.task.island % len(self.islands)]]

    def _settle(self, number: int, result: Result, homes: list[_Island]) -> Standing:
        standing, key = Standing.REJECTED, _key(number, result.signature)
        self._keys[number] = key
        for island in homes:
            standing = island.register(number, key, float(self.population.fitness[number]))
        return standing

    def _heat(self, island: _Island) -> float:
        best = self.population.best
        seed = float(self.population.fitness[self.population.seeds[0]])
        spread = (
            abs(float(self.population.fitness[best]) - seed)
            if best is not None and not math.isnan(seed)
            else 0.0
        )
        cooled = 1 - (island.programs % self.period) / self.period
        return max(self.temperature * cooled * (spread or 1.0), 1e-12)

    def _count(self, result: Result) -> None:
        self.islands[result.task.island % len(self.islands)].told += 1
        self._told += 1
        if self._told % self.reset_every == 0:
            self._reset()

    def _reset(self) -> None:
        bests = [island.best() for island in self.islands]
        scores = [-math.inf if best is None else best[1] for best in bests]
        order = sorted(range(len(bests)), key=lambda at: (scores[at], self._lot(at)))
        worse, survivors = order[: len(order) // 2], order[len(order) // 2 :]
        for turn, at in enumerate(worse):
            old, self.islands[at] = self.islands[at], _Island()
            self.islands[at].told, self.islands[at].flying = old.told, old.flying
            founder = bests[survivors[turn % len(survivors)]]
            if founder is not None:
                self.islands[at].register(founder[0], self._keys[founder[0]], founder[1])

    def _lot(self, at: int) -> int:
        """Return a number as good as random that follows from what was told: a resumed run draws it
        too.
        """
        return _hashed(f"{self._told} {self.population.count} {at}")


def _key(number: int, signature: str) -> int:
    # Eight bytes of a hash instead of the signature: a million clusters must fit.
    return _hashed(signature or f"#{number}")


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
