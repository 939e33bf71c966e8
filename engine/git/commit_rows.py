"""The rows that make commits: programs in the order in which their results were told, and what is
said of each.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cladogen.formatting import number, one_line
from cladogen.record.store import Store

Files = dict[str, tuple[int, int]]  # path -> (text, executable)


@dataclass(frozen=True, slots=True)
class CommitRow:
    """A program as told: its place, its files and its first parent's, how it was made and what it
    scored.
    """

    seq: int
    at: int
    number: int
    tree: str
    parents: tuple[int, ...]
    files: Files
    before: Files
    ticket: int
    operator: str
    model: str
    summary: str
    status: str
    reason: str
    metrics: dict[str, float]


SELECT = """
SELECT r.seq, r.at, p.number, p.tree, p.parents, p.files, f.files, r.ticket,
    o.operator, o.model, o.body, r.reason
FROM results r
JOIN programs p ON p.number = r.program AND p.ticket = r.ticket AND p.round = r.round
LEFT JOIN programs f ON f.number = json_extract(p.parents, '$[0]')
LEFT JOIN proposals o ON o.ticket = r.ticket AND o.round = r.round
"""


def rows_after(store: Store, seq: int, numbers: Sequence[int] | None = None) -> Iterator[CommitRow]:
    """Yield the rows told after ``seq``, or those of the given programs, in the order told."""
    if numbers is None:
        found = store.database.execute(f"{SELECT} WHERE r.seq > ? ORDER BY r.seq", (seq,))
    else:
        listed = ",".join(str(int(each)) for each in numbers)
        found = store.database.execute(f"{SELECT} WHERE p.number IN ({listed}) ORDER BY r.seq")
    for (
        at_seq,
        at,
        number_,
        tree,
        parents,
        files,
        before,
        ticket,
        operator,
        model,
        body,
        reason,
    ) in found:
        status, metrics = _scored(store, number_, ticket)
        yield CommitRow(
            at_seq,
            int(at),
            number_,
            tree,
            tuple(json.loads(parents)),
            _files(files),
            _files(before),
            ticket,
            operator or "seed",
            model or "",
            json.loads(body)["summary"] if body else "",
            status,
            reason,
            metrics,
        )


def message(row: CommitRow) -> str:
    """Return the commit message: what was done to whom, then what came of it as trailers that git
    can read.
    """
    summary = one_line(row.summary, 72)
    lines = [
        f"#{row.number} {one_line(row.operator, 40)}" + (f": {summary}" if summary else ""),
        "",
    ]
    if row.metrics:
        lines.append(
            "Score: "
            + ", ".join(f"{one_line(name, 40)}={number(v, 9)}" for name, v in row.metrics.items())
        )
    lines += [
        f"Status: {row.status}",
        f"Operator: {one_line(row.operator, 40)}",
        f"Ticket: {row.ticket}",
    ]
    if row.model:
        lines.append(f"Model: {one_line(row.model, 80)}")
    if row.parents:
        lines.append("Parents: " + " ".join(f"#{parent}" for parent in row.parents))
        lines.append(f"Patch: {_changed(row)}")
    if row.reason:
        lines.append(f"Cause: {one_line(row.reason, 200)}")
    return "\n".join(lines) + "\n"


def _changed(row: CommitRow) -> str:
    paths = sorted(
        path for path in {*row.files, *row.before} if row.files.get(path) != row.before.get(path)
    )
    return one_line(", ".join(paths), 120) or "nothing changed"


def _files(text: str | None) -> Files:
    return (
        {}
        if text is None
        else {path: (entry[0], entry[1]) for path, entry in json.loads(text).items()}
    )


def _scored(store: Store, number_: int, ticket: int) -> tuple[str, dict[str, float]]:
    """Return the status and mean metrics of the evaluations that a program had when it was told
    first.
    """
    found = store.database.execute(
        "SELECT name, status, metrics FROM evaluations "
        "WHERE ticket = ? AND program = ? AND split = 'train' ORDER BY id",
        (ticket, number_),
    )
    by_case: dict[str, list[dict[str, float]]] = {}
    failed = ""
    for case, status, metrics in found:
        if status not in ("ok", "infra"):
            failed = failed or status
        elif status == "ok":
            by_case.setdefault(case, []).append(json.loads(metrics))
    if failed or not by_case:
        return failed or "not evaluated", {}
    means = [_mean(rows) for rows in by_case.values()]
    return "ok", _mean(means)


def _mean(tables: list[dict[str, float]]) -> dict[str, float]:
    names = [name for name in tables[0] if all(name in table for table in tables)]
    return {name: math.fsum(table[name] for table in tables) / len(tables) for name in names}
