"""What maps of an archive are drawn from: cells of a grid or around centroids, Pareto fronts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cladogen.archives.cvt import Voronoi
from cladogen.view.cells import Cells, cells_of, kind_of, outlines, placed
from cladogen.view.followed import FollowedRun
from cladogen.view.fronts import Front, Over, front, offered
from cladogen.view.reports.front import front_report
from cladogen.view.reports.plain import plain

FRONT_OF = {"nsga2": "objectives", "gepa": "cases"}  # archives that are a front
MOST_LISTED = 500  # programs of a front, or on a case, that are sent
MOST_VALUES = 40_000  # of the programs beside a front: their share, evenly taken, is drawn


def maps(run: FollowedRun) -> dict[str, Any]:
    """Return the kinds of maps that a run has, and which of them shows what its archive keeps."""
    reader = run.reader
    kinds: list[str] = []
    if reader.problem.axes:
        kinds.append("centroids" if isinstance(kind_of(reader), Voronoi) else "grid")
    kinds += offered(reader)
    own = FRONT_OF.get(reader.settings.archive)
    first = kinds[0] if kinds else None
    return {"kinds": kinds, "kind": own if own in kinds else first}


def cells(run: FollowedRun) -> dict[str, Any]:
    """Return the cells of a run and in which of them each program with features is: on a grid by
    its steps on each axis, else by its centroid's number.
    """
    reader = run.reader
    found, rows = cells_of(reader), placed(reader)
    features = np.array([row.score.features for row in rows], float)
    names = [axis.metric for axis in reader.problem.axes]
    numbers = [row.number for row in rows]
    return {"names": names, "number": numbers, **_where(found, features.reshape(-1, len(names)))}


def _where(found: Cells, features: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    if isinstance(found, Voronoi):
        return {
            "cell": found.cells(features).tolist() if len(features) else [],
            "points": found.centroids.round(5).tolist(),
            "near": [[float(f"{value:.5g}") for value in row] for row in found.near()],
            "outlines": outlines(found.centroids),
        }
    steps = [
        np.searchsorted(edges, features[:, at], side="right").tolist()
        for at, edges in enumerate(found.edges)
    ]
    return {"edges": found.edges, "steps": steps}


def a_front(over: Over) -> Callable[[FollowedRun], dict[str, Any]]:
    """Return what answers with a front over objectives or cases."""

    def answer(run: FollowedRun) -> dict[str, Any]:
        found = front(run.reader, over)
        report = front_report(found, run.reader.store.asked_times)
        value: dict[str, Any] = plain(report)
        for case in value["cases"]:
            case["many"], case["programs"] = len(case["programs"]), case["programs"][:20]
        many, listed = len(report.programs), value["programs"][:MOST_LISTED]
        return value | {"many": many, "programs": listed, "others": _others(found)}

    return answer


def _others(found: Front) -> dict[str, Any]:
    """Return some of the programs that are in no front, evenly taken."""
    rows = np.flatnonzero(found.held == 0)
    most = max(1, MOST_VALUES // max(1, len(found.names)))
    rows = rows[:: max(1, -(-len(rows) // most))]
    values = found.values[rows]
    listed = plain(values.tolist()) if np.isnan(values).any() else values.tolist()
    return {"number": found.numbers[rows].tolist(), "values": listed}


KINDS: dict[str, Callable[[FollowedRun], dict[str, Any]]] = {
    "grid": cells, "centroids": cells, "objectives": a_front("objectives"),
    "cases": a_front("cases"),
}  # fmt: skip
