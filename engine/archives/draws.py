"""How parents are drawn on islands of cells."""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.archives.options import bounded


@dataclass(frozen=True, slots=True)
class Draws:
    """How parents are drawn. Of every ten, ten times ``elite`` are among the three best programs;
    the others are drawn uniformly over cells with chance ``explore``, else they are the best of
    ``tournament`` such draws.

    With chance ``crossover`` there is a second parent; ``inspirations`` programs of the island are
    shown besides.
    """

    explore: float = 0.5
    tournament: int = 4
    crossover: float = 0.25
    inspirations: int = 3
    elite: float = 0.0

    def check(self) -> None:
        """Raise ConfigError for a value out of range."""
        bounded("explore", self.explore, 0, 1)
        bounded("tournament", self.tournament, 1, 1000)
        bounded("crossover", self.crossover, 0, 1)
        bounded("inspirations", self.inspirations, 0, 1000)
        bounded("elite", self.elite, 0, 1)
