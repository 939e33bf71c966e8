"""RoboPhD (arXiv:2604.04347): programs are rated by Elo from pairwise comparisons on the cases they
share.

Every new program starts at 1500 and plays its parent and some of the league: the share of common
cases it wins (ties are halves) against what the ratings expected moves both ratings by ``k``. One
that was measured again plays again, from the rating it has: more matches bring a rating nearer to
what it should be, whatever it was. A parent is the highest rated of a few drawn from the league, as
there a round's winner is what evolves. Comparing case by case needs no common scale, and an odd
case weighs no more than another.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule, propose_seed
from cladogen.evaluation import Score
from cladogen.kernels.elo import play, weakest
from cladogen.task import Propose

_START = 1500.0


class Elo(Rule):
    """Elo ratings. The ``league`` highest rated programs keep their results and play ``matches``
    against newcomers.

    The parent is the highest rated of ``tournament`` programs of the league, drawn at random.
    """

    def __init__(
        self,
        space: Space,
        *,
        k: float = 32.0,
        league: int = 64,
        matches: int = 4,
        tournament: int = 3,
        inspirations: int = 2,
    ) -> None:
        super().__init__(space)
        bounded("k", k, 1e-9)
        bounded("league", league, 1, 10_000)
        bounded("matches", matches, 0, league)
        bounded("tournament", tournament, 1, 1000)
        bounded("inspirations", inspirations, 0, 1000)
        self.k, self.capacity, self.matches = k, league, matches
        self.tournament, self.inspirations = tournament, inspirations
        self.ratings = Column("f8", math.nan)
        self.league: list[int] = []
        self._results = np.full((league + 1, len(space.cases)), math.nan)  # of the league, by case
        self._seat: dict[int, int] = {}
        self._turn = 0

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Take the winner of a small tournament; show the best of the league with it."""
        if not self.league:
            return propose_seed(ticket, self.population)
        drawn = [
            self.league[int(seat)] for seat in rng.integers(len(self.league), size=self.tournament)
        ]
        parent = max(drawn, key=lambda number: (self.ratings[number], -number))
        shown = [number for number in self._top(self.inspirations + 1) if number != parent]
        return Propose(ticket, (parent,), tuple(shown[: self.inspirations]))

    def enter(self, number: int, result: Result) -> Standing:
        """Start at 1500 and play."""
        if result.ranked is None:
            return Standing.REJECTED
        self.ratings[number] = _START
        values = self._values(result.ranked)
        self._play(number, values)
        self._join(number, values)
        return Standing.NEW

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """A program whose results changed plays again with what is known of it now, and may win a
        seat.
        """
        if result.ranked is None:
            if number in self._seat:
                self._leave(number)
        elif math.isnan(self.ratings[number]):
            self.enter(number, result)
        elif not self._knows(number, values := self._values(result.ranked), old):
            if number in self._seat:
                self._results[self._seat[number]] = values
            self._play(number, values)
            if number not in self._seat:
                self._join(number, values)
        return Standing.NOTED

    def shortlist(self, count: int) -> tuple[int, ...]:
        """Return the highest rated programs."""
        ratings = self.ratings.array[: self.population.size]
        scored = np.flatnonzero(~np.isnan(self.population.fitness.array[: self.population.size]))
        order = np.lexsort((scored, -np.nan_to_num(ratings[scored], nan=-1e9)))[: max(count, 0)]
        return tuple(map(int, scored[order]))

    def view(self) -> ArchiveView:
        """Return the ratings of the league."""
        weights = tuple((f"#{number}", float(self.ratings[number])) for number in self._top(10))
        return ArchiveView(kept=max(1, self.population.scored), weights=weights)

    def _values(self, score: Score) -> NDArray[np.float64]:
        if len(self.space.cases) == 1 and not score.cases:
            return np.array([score.fitness], "f8")
        return np.array([score.cases.get(case, math.nan) for case in self.space.cases], "f8")

    def _knows(self, number: int, values: NDArray[np.float64], old: float) -> bool:
        if number in self._seat:
            return np.array_equal(self._results[self._seat[number]], values, equal_nan=True)
        return bool(self.population.fitness[number] == old)

    def _top(self, count: int) -> list[int]:
        seats = self.ratings.array[self.league]
        return [
            self.league[seat]
            for seat in np.lexsort((np.array(self.league), -seats))[:count].tolist()
        ]

    def _opponents(self, number: int) -> list[int]:
        """Return the seats of the parent, where it is in the league, and of members of the league
        in turn.
        """
        seat = self._seat.get(int(self.population.parent[number]))
        seats = [] if seat is None else [seat]
        seats += [
            (self._turn + step) % len(self.league)
            for step in range(min(self.matches, len(self.league)))
        ]
        self._turn += self.matches
        return [seat for seat in dict.fromkeys(seats) if self.league[seat] != number]

    def _play(self, number: int, values: NDArray[np.float64]) -> None:
        seats = self._opponents(number)
        players = [number, *(self.league[seat] for seat in seats)]
        played = play(
            self._results, seats, values, [self.ratings[player] for player in players], self.k
        )
        for player, rating in zip(players, played, strict=True):
            self.ratings[player] = rating

    def _join(self, number: int, values: NDArray[np.float64]) -> None:
        self._seat[number] = len(self.league)
        self._results[len(self.league)] = values
        self.league.append(number)
        if len(self.league) > self.capacity:
            self._leave(self.league[weakest(self.ratings.array, self.league)])

    def _leave(self, number: int) -> None:
        seat, last = self._seat.pop(number), len(self.league) - 1
        if seat != last:
            self.league[seat] = self.league[last]
            self._results[seat] = self._results[last]
            self._seat[self.league[seat]] = seat
        del self.league[last]
