"""Programs as columns: what charts, the tree and the map are drawn from."""

from __future__ import annotations

from typing import Any

from cladogen.formatting import one_line
from cladogen.view.followed import Came, FollowedRun
from cladogen.view.program_row import ProgramRow

DIGITS = 10


class Codes:
    """Number texts as they come, so that a column holds small numbers."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))


def columns(run: FollowedRun, since: int) -> dict[str, Any]:
    """Return the programs that changed since a version, a list for each column.

    ``other`` holds the second parents of crossovers by number; ``value`` is in the objective's own
    sign, None for a program without a score.
    """
    numbers = run.changed_since(since)
    rows = [run.reader.entries[number] for number in numbers]
    sign = run.reader.problem.objective.sign
    operators, statuses, models = Codes(), Codes(), Codes()
    return {
        "version": run.version,
        "number": numbers,
        "parent": [next(iter(row.node.parents), -1) for row in rows],
        "other": {row.number: list(row.node.parents[1:]) for row in rows if row.node.parents[1:]},
        "value": [_value(row, sign) for row in rows],
        "status": [statuses(row.status) for row in rows],
        "operator": [operators(row.operator) for row in rows],
        "model": [models(row.model) for row in rows],
        "at": [round(run.made_at.get(number, 0.0), 2) for number in numbers],
        "kept": [int(row.standing in ("new", "improved")) for row in rows],
        "statuses": list(statuses.names),
        "operators": list(operators.names),
        "models": list(models.names),
    }


def features(run: FollowedRun) -> dict[str, Any]:
    """Return each program's features, by which archives lay out their cells, and the axes."""
    axes = run.reader.problem.axes
    rows = [row for row in run.reader.entries if row.score.features]
    return {
        "axes": [
            {"metric": axis.metric, "bins": axis.bins, "scale": axis.scale,
             "low": axis.low, "high": axis.high} for axis in axes
        ],
        "number": [row.number for row in rows],
        "features": [[float(f"{value:.6g}") for value in row.score.features] for row in rows],
        "kept": [int(row.standing in ("new", "improved")) for row in rows],
    }  # fmt: skip


def summaries(run: FollowedRun, wanted: str, most: int = 200) -> list[dict[str, Any]]:
    """Return the programs whose summary, operator or model holds a text, latest first."""
    low, found = wanted.lower(), []
    for row in reversed(run.reader.entries):
        if low in f"{row.summary} {row.operator} {row.model} {row.reason}".lower():
            found.append({"number": row.number, "summary": one_line(row.summary, 120)})
        if len(found) == most:
            break
    return found


def came(run: FollowedRun, *, word: str, before: int, most: int) -> dict[str, Any]:
    """Return what came of proposals, latest first; ``word`` keeps one kind, "failed" every failure,
    ``before`` is the position that a list ended at.
    """
    end = len(run.came) if before < 0 else min(before, len(run.came))
    found: list[dict[str, Any]] = []
    at = end
    while at > 0 and len(found) < most:
        at -= 1
        if _wanted(run.came[at], word):
            found.append(_plain(run.came[at]))
    return {"rows": found, "before": at, "all": len(run.came)}


def _wanted(row: Came, word: str) -> bool:
    if word == "failed":
        return row.word not in ("ok", "measured")
    return word in ("", row.word)


def _plain(row: Came) -> dict[str, Any]:
    return {
        "ticket": row.ticket, "round": row.round, "at": row.at, "word": row.word,
        "program": row.program, "operator": row.operator, "model": row.model,
        "said": one_line(row.reason or row.summary, 240), "kept": row.kept,
    }  # fmt: skip


def _value(row: ProgramRow, sign: float) -> float | None:
    fitness = row.score.fitness
    return None if fitness is None else float(f"{sign * fitness:.{DIGITS}g}")
