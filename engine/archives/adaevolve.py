"""AdaEvolve (arXiv:2602.20133): islands whose exploration and share of the budget follow their
improvement.

Each island accumulates ``G = rho G + (1 - rho) d^2`` of its relative improvements d (at most 1;
those that migrants bring are among them), and explores with intensity ``low + (high - low) / (1 +
sqrt(G))``: who improves exploits, who stagnates explores. The island of a task is the one with the
largest upper confidence bound on improvements measured against the global best, so that a small
gain on a poor island does not look like a large one. Rewards are forgotten, the visits that say how
well an island is known are not. When all islands stagnate one is started from the best programs,
and the next tasks ask for a new paradigm.
"""

from __future__ import annotations

import math
from dataclasses import replace
from heapq import nsmallest

import numpy as np

from cladogen.archives.base import ArchiveView, Space
from cladogen.archives.bins import Bins
from cladogen.archives.draws import Draws
from cladogen.archives.islands import Islands
from cladogen.archives.options import bounded
from cladogen.archives.pace import given, pace
from cladogen.archives.quality_diversity import CAPACITY, QualityDiversity
from cladogen.task import Propose

_FEWEST = 3  # visits of every island before bounds are compared
_FOUNDERS = 5  # programs an island that is started later has at first


class AdaEvolve(QualityDiversity):
    """Islands steered by accumulated improvement.

    ``decay`` is rho, ``low`` and ``high`` bound the intensity, ``curiosity`` is the constant of the
    upper confidence bound. ``paradigm_after`` results without a new best start an island (up to
    ``max_islands``) and mark the next ``paradigms`` tasks with the hint "paradigm". That number,
    ``islands``, ``migrate_every`` and ``elite`` follow the budget where they are not given. With
    ``evolve`` how parents are drawn evolves inside the run, with ``evolve_islands`` each island's.
    """

    def __init__(
        self,
        space: Space,
        *,
        islands: int | None = None,
        max_islands: int = 5,
        topology: str = "ring",
        migrate_every: int | None = None,
        migrants: int = 3,
        decay: float = 0.9,
        low: float = 0.1,
        high: float = 0.7,
        curiosity: float = 1.41,
        paradigm_after: int | None = None,
        paradigms: int = 3,
        elite: float | None = None,
        crossover: float = 0.1,
        inspirations: int = 3,
        evolve: bool = False,
        evolve_islands: bool = False,
    ) -> None:
        bounded("decay", decay, 0, 1)
        bounded("low", low, 0, 1)
        bounded("high", high, low, 1)
        bounded("curiosity", curiosity, 0)
        own = pace(space.proposals)
        islands = given(islands, len(space.islands) or min(own.islands, 2))
        paradigm_after = given(paradigm_after, own.patience)
        bounded("paradigm_after", paradigm_after, 1)
        bounded("paradigms", paradigms, 0)
        bins = Bins(space.axes)
        homes = Islands(
            islands,
            max(1, math.ceil(CAPACITY / bins.count)),
            topology,
            migrate_every,
            migrants,
            own,
        )
        draws = Draws(1.0, 4, crossover, inspirations, given(elite, own.elite))
        super().__init__(space, bins, homes, draws)
        self.may_evolve(draws=evolve, islands=evolve_islands)
        self.decay, self.low, self.high, self.curiosity = decay, low, high, curiosity
        self.paradigm_after, self.paradigms, self.max_islands = (
            paradigm_after,
            paradigms,
            max(islands, max_islands),
        )
        self.improvement = [0.0] * islands  # G
        self.rewards = [0.0] * islands
        self.recent = [0.0] * islands  # visits, forgotten like rewards
        self.visits = [0] * islands
        self._stale = 0
        self._paradigms_left = 0

    def intensity(self, island: int) -> float:
        """Return how much an island explores, between ``low`` and ``high``."""
        return self.low + (self.high - self.low) / (1 + math.sqrt(self.improvement[island]))

    def exploring(self, island: int) -> float:
        """Explore with the island's intensity."""
        return self.intensity(island)

    def next_island(self, rng: np.random.Generator) -> int:
        """Return the island with the largest upper confidence bound; tasks in flight count as
        visits.
        """
        flying = self.islands.flying
        visits = [seen + away for seen, away in zip(self.visits, flying, strict=True)]
        if min(visits) < _FEWEST:
            return min(range(len(visits)), key=lambda island: visits[island])
        total = math.log(1 + sum(visits))
        bounds = [
            self.rewards[island] / (self.recent[island] + flying[island])
            + self.curiosity * math.sqrt(total / visits[island])
            for island in range(len(visits))
        ]
        return int(np.argmax(bounds))

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Choose as quality-diversity does; after long stagnation, ask for a new paradigm."""
        task = super().choose(ticket, rng)
        if self._paradigms_left <= 0:
            return task
        return replace(task, hint="paradigm")

    def counted(self, island: int, number: int | None, gain: float) -> None:
        """Accumulate improvement; spawn and change paradigm when none comes."""
        best, keep = self.population.best, self.decay
        size = abs(float(self.population.fitness[best])) if best is not None else 1.0
        # Relative to the island's own best for its intensity, to the global best for its share of
        # the budget.
        self._improved(island, gain)
        self.rewards[island] = keep * self.rewards[island] + _share(gain, size)
        self.recent[island] = keep * self.recent[island] + 1
        self.visits[island] += 1
        self._stale = 0 if number is not None and number == best else self._stale + 1
        self._paradigms_left = max(0, self._paradigms_left - 1) if self._stale else 0
        if self._stale and self._stale % self.paradigm_after == 0:
            self._paradigms_left = self.paradigms
            self._spawn()

    def received(self, island: int, gain: float) -> None:
        """Migrants that improve an island lower its intensity, and earn it nothing."""
        self._improved(island, gain)

    def view(self) -> ArchiveView:
        """Return the view of quality-diversity with each island's intensity."""
        view = super().view()
        weights = tuple(
            (f"intensity of island {index}", self.intensity(index))
            for index in range(len(self.islands))
        )
        return ArchiveView(
            view.kept, view.cells, view.filled, view.islands, view.migrations, view.lines, weights
        )

    def _improved(self, island: int, gain: float) -> None:
        best = self.islands.grids[island].best
        local = _share(gain, abs(best[0] + gain)) if best is not None else 0.0
        self.improvement[island] = (
            self.decay * self.improvement[island] + (1 - self.decay) * local**2
        )

    def _spawn(self) -> None:
        if len(self.islands) >= self.max_islands:
            return
        entries = {
            entry for grid in self.islands.grids for held in grid.cells.values() for entry in held
        }
        island = self.islands.spawn()
        self.restart(island)
        for loss, number in nsmallest(_FOUNDERS, entries):
            self.islands.receive(island, number, -loss, self._cell(number, island))
        for column in (self.improvement, self.rewards, self.recent):
            column.append(0.0)
        self.visits.append(0)


def _share(gain: float, size: float) -> float:
    """Return a gain in parts of a size, at most 1: from zero any gain is infinite."""
    return min(gain / max(size, 1e-12), 1.0) if gain > 0 else 0.0
