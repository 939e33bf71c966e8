"""Programs as columns, and lists of proposals: what charts, the tree and the map are drawn from."""

from __future__ import annotations

from typing import Any

from cladogen.formatting import one_line
from cladogen.view.followed import Came, FollowedRun
from cladogen.view.summary import best_so_far


def columns(run: FollowedRun, since: int) -> bytes:
    """Return the programs that changed since a version, as `cladogen.view.columns` packs them, with
    the best so far among all that are read: a line that ends where the points do.
    """
    numbers = None if since <= 0 else run.changed_since(since)
    more = {"steps": best_so_far(run)}
    return run.columns.packed(run.reader.problem.objective.sign, run.version, numbers, more)


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
