"""MAP-Elites over user-named features, on islands with migration.

MAP-Elites (Mouret and Clune, arXiv:1504.04909): the best program of every cell of feature space is
kept, and parents are drawn from the cells. Islands with migration as in AlphaEvolve
(arXiv:2506.13131): every island has a grid of its own, and sends copies of its best elites along a
named topology. Parents are drawn uniformly over cells (`explore`), or are the best of `tournament`
such draws; in a search of few proposals most are among the best three of all (`elite`).
"""

from __future__ import annotations

import math

from cladogen.archives.base import Space
from cladogen.archives.bins import Bins
from cladogen.archives.draws import Draws
from cladogen.archives.islands import Islands
from cladogen.archives.options import bounded
from cladogen.archives.pace import given, pace
from cladogen.archives.quality_diversity import CAPACITY, QualityDiversity


class MapElites(QualityDiversity):
    """The best programs of every cell, on islands.

    ``islands``, ``migrate_every``, ``explore`` and ``elite`` follow the budget where they are not
    given (`cladogen.archives.pace`). ``depth`` programs are kept per cell (default: as many as give
    an island room for 64). Every ``migrate_every`` results of an island its ``migrants`` best
    elites are offered to its neighbours. With ``spawn_after``, that many results without a new best
    start a fresh island from the seeds; beyond ``max_islands`` the worst one restarts.
    ``restarts`` is the share of turns that may go back to programs whose descendants lost cases.
    With ``evolve`` how parents are drawn evolves inside the run (`EvolvingDraws`), with
    ``evolve_islands`` each island has draws of its own that do.
    """

    def __init__(
        self,
        space: Space,
        *,
        islands: int | None = None,
        topology: str = "ring",
        migrate_every: int | None = None,
        migrants: int = 3,
        depth: int | None = None,
        explore: float | None = None,
        elite: float | None = None,
        tournament: int = 4,
        crossover: float = 0.25,
        inspirations: int = 3,
        spawn_after: int | None = None,
        max_islands: int = 8,
        restarts: float = 0.0,
        evolve: bool = False,
        evolve_islands: bool = False,
    ) -> None:
        bounded("spawn_after", 1 if spawn_after is None else spawn_after, 1)
        bounded("max_islands", max_islands, 1, 1000)
        bins = Bins(space.axes)
        depth = max(1, math.ceil(CAPACITY / bins.count)) if depth is None else depth
        own = pace(space.proposals)
        islands = given(islands, len(space.islands) or own.islands)
        homes = Islands(islands, depth, topology, migrate_every, migrants, own)
        draws = Draws(
            given(explore, own.explore),
            tournament,
            crossover,
            inspirations,
            given(elite, own.elite),
        )
        super().__init__(space, bins, homes, draws)
        self.may_restart(restarts)
        self.may_evolve(draws=evolve, islands=evolve_islands)
        self.spawn_after, self.max_islands = spawn_after, max(max_islands, islands)
        self._stale = 0

    @property
    def steady(self) -> bool:
        return self.spawn_after is None and type(self).counted is MapElites.counted

    def counted(self, island: int, number: int | None, gain: float) -> None:
        """Start an island afresh when there was no new best for long."""
        self._stale = (
            0 if number is not None and number == self.population.best else self._stale + 1
        )
        if self.spawn_after is not None and self._stale >= self.spawn_after:
            self._stale = 0
            self.restart(
                self.islands.spawn()
                if len(self.islands) < self.max_islands
                else self.islands.worst()
            )
