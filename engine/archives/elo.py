"""RoboPhD (arXiv:2604.04347): programs are rated by Elo from pairwise comparisons on the cases they share.

Every new program plays its parent and some of the league: the share of common cases it wins (ties are halves) against
what the ratings expected moves both ratings by ``k``. Parents are drawn in proportion to ``10 ** (rating / 400)``,
the strength that the ratings stand for. Comparing case by case needs no common scale, and an odd case weighs no more
than another.
"""

from __future__ import annotations

import math

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule, propose_seed
from cladogen.kernels.sums import sum_tree
from cladogen.task import Propose

_START = 1500.0


class Elo(Rule):
    """Elo ratings. The ``league`` highest rated programs keep their results and play ``matches`` against newcomers."""

    def __init__(
        self, space: Space, *, k: float = 32.0, league: int = 64, matches: int = 8, inspirations: int = 2
    ) -> None:
        super().__init__(space)
        bounded("k", k, 1e-9)
        bounded("league", league, 1, 10_000)
        bounded("matches", matches, 0, league)
        bounded("inspirations", inspirations, 0, 1000)
        self.k, self.room, self.matches, self.inspirations = k, league, matches, inspirations
        self.ratings = Column("f8", math.nan)
        self.league: dict[int, dict[str, float]] = {}
        self.tree = sum_tree()
        self._turn = 0

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Draw a parent by strength; show the best of the league with it."""
        parent = self.tree.find(float(rng.random()))
        if parent < 0:
            return propose_seed(ticket, self.population)
        best = sorted(self.league, key=lambda number: (-float(self.ratings[number]), number))
        return Propose(ticket, (parent,), tuple(n for n in best if n != parent)[: self.inspirations])

    def enter(self, number: int, result: Result) -> Standing:
        """Start at the parent's rating and play."""
        if result.score is None or result.score.fitness is None:
            return Standing.REJECTED
        parent = int(self.population.parent[number])
        inherited = float(self.ratings[parent]) if parent >= 0 else math.nan
        self.ratings[number] = _START if math.isnan(inherited) else inherited
        values = dict(result.score.cases) or {"": result.score.fitness}
        for opponent in self._opponents(parent):
            self._play(number, values, opponent)
        self._weigh(number)
        self.league[number] = values
        if len(self.league) > self.room:
            # Among equals the youngest leaves.
            del self.league[min(self.league, key=lambda member: (float(self.ratings[member]), -member))]
        return Standing.NEW

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """A program measured again plays again, with what is known of it now."""
        if result.score is None or result.score.fitness is None:
            self.league.pop(number, None)
            self.tree.set(number, 0.0)
            return Standing.NOTED
        if math.isnan(self.ratings[number]):
            self.enter(number, result)
            return Standing.NOTED
        values = dict(result.score.cases) or {"": result.score.fitness}
        if number in self.league:
            self.league[number] = values
        for opponent in self._opponents(int(self.population.parent[number])):
            if opponent != number:
                self._play(number, values, opponent)
        self._weigh(number)
        return Standing.NOTED

    def shortlist(self, count: int) -> tuple[int, ...]:
        """Return the highest rated programs."""
        ratings = self.ratings.array[: self.population.size]
        scored = np.flatnonzero(~np.isnan(self.population.fitness.array[: self.population.size]))
        order = np.lexsort((scored, -np.nan_to_num(ratings[scored], nan=-1e9)))[: max(count, 0)]
        return tuple(int(number) for number in scored[order])

    def view(self) -> ArchiveView:
        """Return the ratings of the league."""
        best = sorted(self.league, key=lambda number: (-float(self.ratings[number]), number))
        weights = tuple((f"#{number}", float(self.ratings[number])) for number in best[:10])
        return ArchiveView(kept=max(1, self.population.scored), weights=weights)

    def _opponents(self, parent: int) -> list[int]:
        """Return the parent, where it is still in the league, and members of the league in turn."""
        members = list(self.league)
        chosen = [parent] if parent in self.league else []
        for step in range(min(self.matches, len(members))):
            chosen.append(members[(self._turn + step) % len(members)])
        self._turn += self.matches
        return list(dict.fromkeys(chosen))

    def _play(self, number: int, values: dict[str, float], opponent: int) -> None:
        other = self.league[opponent]
        common = values.keys() & other.keys()
        if not common:
            return
        won = sum((values[case] > other[case]) + 0.5 * (values[case] == other[case]) for case in common)
        gap = float(self.ratings[opponent]) - float(self.ratings[number])
        surprise = won / len(common) - 1 / (1 + math.pow(10, min(gap, 4000) / 400))
        self.ratings[number] = float(self.ratings[number]) + self.k * surprise
        self.ratings[opponent] = float(self.ratings[opponent]) - self.k * surprise
        self._weigh(opponent)

    def _weigh(self, number: int) -> None:
        rating = min(max(float(self.ratings[number]) - _START, -40_000), 40_000)
        self.tree.set(number, math.pow(10, rating / 400))
