"""The cells in which a run's archive keeps programs apart: of a grid, or around centroids.

They are fitted to all programs that are scored, so that an older run is laid out as a new archive
would lay it out; while a run goes on its archive fits them now and then.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.bins import Bins
from cladogen.archives.cvt import Voronoi
from cladogen.archives.island_cells import KeepsCells
from cladogen.errors import CladogenError, ConfigError
from cladogen.view.program_row import ProgramRow
from cladogen.view.run_reader import RunReader

Cells = Bins | Voronoi


def cells_of(run: RunReader) -> Cells:
    """Return the cells of a run, fitted; raises ConfigError where the problem names no features.

    A rule that keeps no cells is shown on the grid that the problem's features make.
    """
    axes = run.problem.axes
    if not axes:
        raise ConfigError(
            f"{run.problem.name}: this problem names no features, so there are no cells; "
            "[[features]] in its problem.toml names some"
        )
    found = kind_of(run)
    known = [row.score.features for row in placed(run)]
    if known:
        found.fit(np.array(known))
    return found


def kind_of(run: RunReader) -> Cells:
    """Return the cells of a run as its archive begins with them."""
    return _of_the_archive(run) or Bins(run.problem.axes)


def placed(run: RunReader) -> list[ProgramRow]:
    """Return the programs that belong to a cell: those with features."""
    return [row for row in run.entries if row.score.features]


def names_of(cells: Cells) -> Callable[[Sequence[float]], str]:
    """Return what names the cell of some features for people."""
    if isinstance(cells, Voronoi):
        pairs = enumerate(cells.near())
        names = [f"around centroid {number}: {_near(cells, near)}" for number, near in pairs]
        return lambda features: names[cells.cell(features)]

    ranges = list(map(_ranges, cells.edges))

    def name(features: Sequence[float]) -> str:
        steps = zip(cells.axes, ranges, cells.steps(features), strict=True)
        return ", ".join(f"{axis.metric} {words[step]}" for axis, words, step in steps)

    return name


def _ranges(edges: Sequence[float]) -> list[str]:
    """Return the range of values of each step of an axis, in words, no two alike."""
    if not edges:
        return ["all"]
    digits = next(n for n in range(4, 18) if len({f"{edge:.{n}g}" for edge in edges}) == len(edges))
    said = [f"{edge:.{digits}g}" for edge in edges]
    between = [f"{low} to {high}" for low, high in itertools.pairwise(said)]
    return [f"below {said[0]}", *between, f"{said[-1]} and above"]


def _near(cells: Voronoi, features: Sequence[float]) -> str:
    pairs = zip(cells.axes, features, strict=True)
    return ", ".join(f"{axis.metric} {value:.4g}" for axis, value in pairs)


def outlines(centroids: NDArray[np.float64]) -> list[list[list[float]]] | None:
    """Return the cell of each centroid in the unit square as a polygon, the corners in order; None
    where there are not two dimensions. ``centroids`` is (n, 2).

    Centroids are mirrored at the four sides, so that the cells end there.
    """
    from scipy.spatial import Voronoi as Tessellation  # type: ignore[import-untyped]

    if centroids.shape[1] != 2:
        return None
    mirrored = [centroids]
    for axis in (0, 1):
        for side in (0.0, 1.0):
            image = centroids.copy()
            image[:, axis] = 2 * side - image[:, axis]
            mirrored.append(image)
    made = Tessellation(np.concatenate(mirrored))
    regions = [made.regions[made.point_region[number]] for number in range(len(centroids))]
    return [made.vertices[region].round(4).tolist() for region in regions]


def _of_the_archive(run: RunReader) -> Cells | None:
    """Return the cells of the run's archive; None where it keeps none, or is gone."""
    from cladogen.archives.options import make_archive

    settings, folder = run.settings, run.problem.folder
    space = run.problem.space()
    try:
        archive = make_archive(settings.archive, space, settings.archive_options, folder)
    except CladogenError as error:
        run.warn(f"{error}; shown on the grid of the problem's features")
        return None
    cells = archive.bins if isinstance(archive, KeepsCells) else None
    return cells if isinstance(cells, Cells) else None
