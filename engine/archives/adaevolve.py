"""AdaEvolve (arXiv:2602.20133): islands whose exploration and share of the budget follow their improvement.

Each island accumulates ``G = rho G + (1 - rho) d^2`` of its relative improvements d, and explores with intensity
``low + (high - low) / (1 + sqrt(G))``: who improves exploits, who stagnates explores. The island of a task is the one
with the largest upper confidence bound on improvements measured against the global best, so that a small gain on a
poor island does not look like a large one. When all islands stagnate a fresh one is started, and the next tasks ask
for a new paradigm.
"""

from __future__ import annotations

import math

import numpy as np

from cladogen.archives.base import ArchiveView, Space
from cladogen.archives.bins import Bins
from cladogen.archives.islands import Islands
from cladogen.archives.options import bounded
from cladogen.archives.quality_diversity import ROOM, Draws, QualityDiversity
from cladogen.task import Propose


class AdaEvolve(QualityDiversity):
    """Islands steered by accumulated improvement.

    ``decay`` is rho, ``low`` and ``high`` bound the intensity, ``curiosity`` is the constant of the upper confidence
    bound. ``paradigm_after`` results without a new best start an island (up to ``max_islands``) and mark the next
    ``paradigms`` tasks with the hint "paradigm".
    """

    def __init__(
        self,
        space: Space,
        *,
        islands: int = 2,
        max_islands: int = 5,
        topology: str = "ring",
        migrate_every: int = 30,
        migrants: int = 3,
        decay: float = 0.9,
        low: float = 0.1,
        high: float = 0.7,
        curiosity: float = 1.41,
        paradigm_after: int = 60,
        paradigms: int = 3,
        crossover: float = 0.1,
        inspirations: int = 3,
    ) -> None:
        bounded("decay", decay, 0, 1)
        bounded("low", low, 0, 1)
        bounded("high", high, low, 1)
        bounded("curiosity", curiosity, 0)
        bounded("paradigm_after", paradigm_after, 1)
        bounded("paradigms", paradigms, 0)
        bins = Bins(space.axes)
        homes = Islands(islands, max(1, math.ceil(ROOM / bins.count)), topology, migrate_every, migrants)
        super().__init__(space, bins, homes, Draws(1.0, 4, crossover, inspirations))
        self.decay, self.low, self.high, self.curiosity = decay, low, high, curiosity
        self.paradigm_after, self.paradigms, self.max_islands = paradigm_after, paradigms, max(islands, max_islands)
        self.improvement = [0.0] * islands  # G
        self.rewards = [0.0] * islands
        self.visits = [0.0] * islands
        self._stale = 0
        self._paradigms_left = 0

    def intensity(self, island: int) -> float:
        """Return how much an island explores, between ``low`` and ``high``."""
        return self.low + (self.high - self.low) / (1 + math.sqrt(self.improvement[island]))

    def exploring(self, island: int) -> float:
        """Explore with the island's intensity."""
        return self.intensity(island)

    def next_island(self, rng: np.random.Generator) -> int:
        """Return the island with the largest upper confidence bound; tasks in flight count as visits."""
        visits = [seen + flying for seen, flying in zip(self.visits, self.islands.flying, strict=True)]
        if min(visits) < 1:
            return min(range(len(visits)), key=lambda island: visits[island])
        total = math.log(1 + sum(visits))
        bounds = [
            reward / seen + self.curiosity * math.sqrt(total / seen)
            for reward, seen in zip(self.rewards, visits, strict=True)
        ]
        return int(np.argmax(bounds))

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Choose as quality-diversity does; after long stagnation, ask for a new paradigm."""
        task = super().choose(ticket, rng)
        if self._paradigms_left <= 0:
            return task
        return Propose(ticket, task.parents, task.inspirations, island=task.island, hint="paradigm")

    def counted(self, island: int, number: int | None, gain: float) -> None:
        """Accumulate improvement; spawn and change paradigm when none comes."""
        best = self.population.best
        size = max(abs(float(self.population.fitness[best])), 1e-12) if best is not None else 1.0
        own = self.islands.grids[island].best
        # Relative to the island's own best for its intensity, to the global best for its share of the budget.
        local = gain / max(abs(own[0] + gain), 1e-12) if own is not None and gain > 0 else 0.0
        keep = self.decay
        self.improvement[island] = keep * self.improvement[island] + (1 - keep) * min(local, 1e6) ** 2
        self.rewards[island] = keep * self.rewards[island] + max(gain, 0.0) / size
        self.visits[island] = keep * self.visits[island] + 1
        self._stale = 0 if number is not None and number == best else self._stale + 1
        self._paradigms_left = max(0, self._paradigms_left - 1) if self._stale else 0
        if self._stale and self._stale % self.paradigm_after == 0:
            self._paradigms_left = self.paradigms
            self._spawn()

    def view(self) -> ArchiveView:
        """Return the view of quality-diversity with each island's intensity."""
        view = super().view()
        weights = tuple((f"intensity of island {place}", self.intensity(place)) for place in range(len(self.islands)))
        return ArchiveView(view.kept, view.cells, view.filled, view.islands, view.migrations, view.lines, weights)

    def _spawn(self) -> None:
        if len(self.islands) < self.max_islands:
            self.restart(self.islands.spawn())
            for column in (self.improvement, self.rewards, self.visits):
                column.append(0.0)
