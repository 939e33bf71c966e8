"""Darwin Gödel Machine (arXiv:2505.22954): parents in proportion to ``sigmoid(10 (score - 0.5)) /
(1 + children)``.

Every child that runs is kept, and is never removed: what looks weak today may be a stepping stone.
"""

from __future__ import annotations

from typing import Any

from cladogen.archives.base import Space
from cladogen.archives.options import bounded
from cladogen.archives.weighted import Weighted, sigmoid


class DarwinGodelMachine(Weighted):
    """The weight above; ``steepness`` is its 10, ``midpoint`` its 0.5."""

    def __init__(self, space: Space, *, steepness: float = 10.0, midpoint: float = 0.5) -> None:
        super().__init__(space)
        bounded("steepness", steepness, 0)
        self.steepness, self.midpoint = steepness, midpoint

    def weight(self, scores: Any, children: Any) -> Any:
        """Return performance times novelty (few children)."""
        return sigmoid(self.steepness * (scores - self.midpoint)) / (1 + children)
