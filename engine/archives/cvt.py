"""CVT-MAP-Elites (Vassiliades, Chatzilygeroudis and Mouret, arXiv:1610.05729): cells around
centroids.

The number of cells does not grow with the number of features: centroids are spread evenly over
feature space (a centroidal Voronoi tessellation), and a program belongs to the centroid nearest to
it. Features are first put on [0, 1] by their axis, so that ranks, logarithms and outliers work as
in a grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import Space
from cladogen.archives.bins import Bins
from cladogen.archives.draws import Draws
from cladogen.archives.islands import Islands
from cladogen.archives.options import bounded
from cladogen.archives.pace import given, pace
from cladogen.archives.quality_diversity import CAPACITY, QualityDiversity
from cladogen.errors import ConfigError
from cladogen.kernels.cells import nearest_centroid

_FINE = 256  # steps of an axis
_SAMPLES = 40_000  # points that Lloyd's iterations average, from 4 to 40 for each centroid
_ROUNDS = 12
_DISTANCES = 500_000_000  # fewer rounds where they would take more: less than a second


class CvtMapElites(QualityDiversity):
    """The best program around every one of ``centroids`` points of feature space, on islands. With
    ``evolve`` how parents are drawn evolves inside the run, with ``evolve_islands`` each island's.
    """

    def __init__(
        self,
        space: Space,
        *,
        centroids: int = 64,
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
        evolve: bool = False,
        evolve_islands: bool = False,
    ) -> None:
        bounded("centroids", centroids, 1, 10_000)
        cells = Voronoi(space, centroids)
        depth = max(1, CAPACITY // cells.count) if depth is None else depth
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
        super().__init__(space, cells, homes, draws)
        self.may_evolve(draws=evolve, islands=evolve_islands)


class Voronoi:
    """Cells around centroids of the unit cube. Without axes there is one cell."""

    def __init__(self, space: Space, centroids: int) -> None:
        self.axes = space.axes
        self._axes = Bins([replace(axis, bins=_FINE) for axis in space.axes])
        self.centroids = spread(centroids, len(space.axes)) if space.axes else np.zeros((1, 0))
        if len(np.unique(self.centroids, axis=0)) < len(self.centroids):
            raise ConfigError(
                f"archive option centroids = {centroids}: too many for {len(space.axes)} features"
            )

    @property
    def count(self) -> int:
        """How many cells there are."""
        return len(self.centroids)

    def due(self, seen: int) -> bool:
        """Return whether enough was seen since the last fit to fit the axes again."""
        return self._axes.due(seen)

    def fit(self, features: NDArray[np.float64]) -> None:
        """Fit the axes to the data."""
        self._axes.fit(features)

    def cell(self, features: Sequence[float]) -> int:
        """Return the cell of one program."""
        point = (np.array([self._axes.steps(features)]) + 0.5) / _FINE
        return int(nearest_centroid(point, self.centroids)[0])

    def cells(self, features: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the cells of many programs."""
        steps = np.stack(
            [
                np.searchsorted(edges, features[:, index], side="right")
                for index, edges in enumerate(self._axes.edges)
            ],
            axis=1,
        )
        return nearest_centroid((steps + 0.5) / _FINE, self.centroids)

    def near(self) -> list[tuple[float, ...]]:
        """Return the features around which each cell lies, as the axes are fitted now."""
        steps = np.minimum((self.centroids * _FINE).astype(int), _FINE - 1)
        ends = [[edges[0], *edges] for edges in self._axes.edges]
        return [
            tuple(edges[step] for edges, step in zip(ends, row, strict=True))
            for row in steps.tolist()
        ]


@cache
def spread(count: int, dimensions: int) -> NDArray[np.float64]:
    """Return ``count`` points spread evenly over the unit cube: Lloyd's iterations over a
    low-discrepancy sequence. They are worked out once, and not to be changed.

    No random numbers: the additive recurrence of the generalised golden ratio, so every run has the
    same cells.
    """
    ratio = 2.0
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    steps = ratio ** -np.arange(1, dimensions + 1)
    many = count * min(max(_SAMPLES // count, 4), 40)
    samples = (0.5 + np.outer(np.arange(1, many + 1), steps)) % 1.0
    points = samples[:count].copy()
    for _ in range(min(_ROUNDS, _DISTANCES // (many * count))):
        owner = nearest_centroid(samples, points)
        members = np.bincount(owner, minlength=count)
        sums = np.stack(
            [np.bincount(owner, samples[:, axis], count) for axis in range(dimensions)], axis=1
        )
        points = np.where(members[:, None] > 0, sums / np.maximum(members, 1)[:, None], points)
    points.flags.writeable = False
    return points
