"""What a proposal gained: how much better its child is than its parent, on a scale that the run
itself sets.
"""

from __future__ import annotations

import math

from cladogen.archives.base import Result
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record


def parent_fitness(record: Record, parents: tuple[int, ...]) -> float | None:
    """Return the first parent's fitness, None when it has none."""
    score = record.score(parents[0]) if parents else None
    return None if score is None else score.fitness


class Gains:
    """Turn improvements into gains between 0 and 1: half is a usual improvement, and a new best
    counts twice.
    """

    def __init__(self, decay: float = 0.98) -> None:
        self.decay = decay
        self._best = -math.inf
        self._sum = self._count = 0.0

    def of(self, proposal: Proposal, result: Result) -> float:
        """Return the gain of a proposal; 0 when it has none or made nothing."""
        fitness = result.score.fitness if result.score is not None else None
        before = proposal.parent_fitness
        if fitness is None or before is None:
            return 0.0
        best, self._best = self._best, max(self._best, fitness, before)
        improvement = fitness - before
        if improvement <= 0 or not math.isfinite(improvement):
            return 0.0
        self._sum = self._sum * self.decay + improvement
        self._count = self._count * self.decay + 1.0
        gain = improvement / (improvement + self._sum / self._count)
        return gain if fitness > best else gain / 2
