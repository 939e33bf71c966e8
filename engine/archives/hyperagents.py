"""Hyperagents: parents in proportion to ``sigmoid(10 (score - m)) exp(-(children / 8)^3)``, m the
mean of the top 3.

The midpoint moves with the best programs, and a parent of many children is given up quickly. That
the improver is part of the program is the problem's matter (its repository is what evolves), not
the archive's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cladogen.archives.base import Space
from cladogen.archives.options import bounded
from cladogen.archives.weighted import Weighted, sigmoid


class Hyperagents(Weighted):
    """The weight above; ``steepness`` is its 10, ``top_programs`` its 3, ``patience`` its 8
    children.
    """

    def __init__(
        self, space: Space, *, steepness: float = 10.0, top_programs: int = 3, patience: float = 8.0
    ) -> None:
        super().__init__(space)
        bounded("steepness", steepness, 0)
        bounded("top_programs", top_programs, 1)
        bounded("patience", patience, 1e-9)
        self.steepness, self.top_programs, self.patience = steepness, top_programs, patience
        self.midpoint = 0.5
        self._bar = -math.inf  # the lowest of the top scores

    def survey(self, grown: bool) -> bool:
        """Move the midpoint to the mean of the best scores, when one of them changed."""
        old, new = self.changed
        if self.population.scored > self.top_programs and not (new > self._bar or old >= self._bar):
            return False
        top = self.top(self.top_programs)
        if not len(top):
            return False
        self._bar = float(top.min())
        moved, self.midpoint = float(top.mean()) != self.midpoint, float(top.mean())
        return moved

    def weight(self, scores: Any, children: Any) -> Any:
        """Return performance relative to the best, times the patience left."""
        # The exponent is cut where exp is zero anyway: no warning of underflow.
        worn = np.minimum((children / self.patience) ** 3, 700.0)
        return sigmoid(self.steepness * (scores - self.unit(self.midpoint))) * np.exp(-worn)
