"""The three baselines that every claim is printed next to: always the seed, always the last, always
the best. A model that proposes for them sees the parent alone.
"""

from __future__ import annotations

import numpy as np

from cladogen.archives.base import Space
from cladogen.archives.options import bounded
from cladogen.archives.rule import Rule, propose_seed
from cladogen.task import Propose


class Iid(Rule):
    """Independent sampling: every child is a child of a seed, and nothing found is built upon."""

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        seeds = self.population.seeds
        return Propose(ticket, (seeds[int(rng.integers(len(seeds)))],), alone=True)


class Sequential(Rule):
    """A chain: the parent is the last program that has a score."""

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        last = self.population.last
        if last is None:
            return propose_seed(ticket, self.population)
        return Propose(ticket, (last,), alone=True)


class Greedy(Rule):
    """Hill climbing: the parent is the fittest program; ``inspirations`` of the next best are shown
    with it. Without ``alone`` a model sees the whole search, as under any other rule.
    """

    def __init__(self, space: Space, *, inspirations: int = 0, alone: bool = True) -> None:
        super().__init__(space)
        bounded("inspirations", inspirations, 0)
        self.inspirations, self.alone = inspirations, alone

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        best = self.population.best
        if best is None:
            return propose_seed(ticket, self.population)
        if not self.inspirations:
            return Propose(ticket, (best,), alone=self.alone)
        others = [
            number for number in self.population.ranked(self.inspirations + 1) if number != best
        ]
        return Propose(ticket, (best,), tuple(others[: self.inspirations]))
