"""How busy a run was, as tables: results by stretch of time, and its latest tasks."""

from __future__ import annotations

from typing import Any

from cladogen.formatting import duration, number

OF_STRETCHES = ("from", "results", "a minute")
OF_TASKS = ("task", "kind", "worker", "from", "took", "came to")
BAR = 30  # characters of the longest bar


def throughput_table(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return how many results came in each stretch that `cladogen.view.timeline` names."""
    width, counts = results["width"], results["counts"]
    most = max(counts, default=0) or 1
    rows = [
        (
            duration(width * at),
            str(many),
            f"{number(60 * many / width, 3):<9}{'#' * round(BAR * many / most)}",
        )
        for at, many in enumerate(counts)
    ]
    return [OF_STRETCHES, *rows]


def tasks_table(spans: list[dict[str, Any]], begin: float) -> list[tuple[str, ...]]:
    """Return the latest tasks, the newest first; ``begin`` is when the run began, and a worker is
    a lane in which no two tasks overlap.
    """
    rows = []
    for span in reversed(spans):
        took = "in flight"
        if span["end"] is not None:
            took = duration(max(0.0, span["end"] - span["begin"]))
        since = duration(max(0.0, span["begin"] - begin))
        where = str(span["lane"] + 1)
        rows.append((str(span["ticket"]), span["kind"], where, since, took, span["word"]))
    return [OF_TASKS, *rows]
