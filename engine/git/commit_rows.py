"""The rows that make commits: programs in the order in which their results were told, and what is
said of each.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
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
    for row in found:
        yield _row(store, *row)


def _row(
    store: Store, at_seq: int, at: float, number_: int, tree: str, parents: str, files: str,
    before: str | None, ticket: int, operator: str | None, model: str | None, body: str | None,
    reason: str,
) -> CommitRow:  # fmt: skip
    """Return the row of `SELECT`'s columns."""
    status, metrics = _scored(store, number_, ticket)
    summary = json.loads(body)["summary"] if body else ""
    how = (ticket, operator or "seed", model or "", summary, status, reason, metrics)
    lineage = tuple(json.loads(parents))
    return CommitRow(at_seq, int(at), number_, tree, lineage, _files(files), _files(before), *how)


def message(row: CommitRow) -> str:
    """Return the commit message: what was done to which program, then what came of it as
    trailers that git can read.
    """
    operator, summary = one_line(row.operator, 40), one_line(row.summary, 72)
    title = f"#{row.number} {operator}" + (f": {summary}" if summary else "")
    trailers = {
        "Score": _score(row.metrics),
        "Status": row.status,
        "Operator": operator,
        "Ticket": str(row.ticket),
        "Model": one_line(row.model, 80),
        "Parents": " ".join(f"#{parent}" for parent in row.parents),
        "Patch": _changed(row) if row.parents else "",
        "Cause": one_line(row.reason, 200),
    }
    lines = [f"{name}: {text}" for name, text in trailers.items() if text]
    return "\n".join([title, "", *lines, ""])


def _score(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{one_line(name, 40)}={number(value, 9)}" for name, value in metrics.items())


def _changed(row: CommitRow) -> str:
    paths = sorted(
        path for path in {*row.files, *row.before} if row.files.get(path) != row.before.get(path)
    )
    return one_line(", ".join(paths), 120) or "nothing changed"


def _files(text: str | None) -> Files:
    entries = {} if text is None else json.loads(text)
    return {path: (entry[0], entry[1]) for path, entry in entries.items()}


def _scored(store: Store, number_: int, ticket: int) -> tuple[str, dict[str, float]]:
    """Return the status and mean metrics of the evaluations that a program had when it was told
    first.
    """
    found = store.database.execute(
        "SELECT name, status, metrics FROM evaluations "
        "WHERE ticket = ? AND program = ? AND split = 'train' ORDER BY id",
        (ticket, number_),
    )
    rows = [row for row in found if row[1] != "infra"]
    failed = next((status for _, status, _ in rows if status != "ok"), "")
    if failed or not rows:
        return failed or "not evaluated", {}
    by_case: dict[str, list[dict[str, float]]] = {}
    for case, _, metrics in rows:
        by_case.setdefault(case, []).append(json.loads(metrics))
    return "ok", _mean(list(map(_mean, by_case.values())))


def _mean(tables: list[dict[str, float]]) -> dict[str, float]:
    names = [name for name in tables[0] if all(name in table for table in tables)]
    return {name: math.fsum(table[name] for table in tables) / len(tables) for name in names}
