"""When everything in a run began and ended: tasks, calls of models and evaluations, as recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cladogen.record.store import Store

_TASKS = """
SELECT r.seq, r.ticket, r.round, t.kind, COALESCE((SELECT MAX(b.at) FROM results b
    WHERE b.ticket = r.ticket AND b.round < r.round), t.at), r.at, r.outcome, r.standing, r.reason,
    r.program, COALESCE(o.operator, '')
FROM results r JOIN tasks t ON t.ticket = r.ticket
LEFT JOIN proposals o ON o.ticket = r.ticket AND o.round = r.round
WHERE r.seq > ? ORDER BY r.seq
"""
_EVALUATIONS = """
SELECT program, name, split, status, at, wall_s, cpu_s, peak_memory_mb FROM evaluations
WHERE ticket = ? AND at > ? AND at <= ? ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class TimedCall:
    """A call of a model that is over. Times here and below are in seconds since 1970."""

    begin: float
    end: float
    model: str
    purpose: str
    prompt_tokens: int
    completion_tokens: int
    usd: float | None
    error: str


@dataclass(frozen=True, slots=True)
class TimedEvaluation:
    """One program on one case; it began ``wall_s`` before it was recorded."""

    begin: float
    end: float
    program: int
    case: str
    split: str
    status: str
    cpu_s: float
    peak_memory_mb: float


@dataclass(frozen=True, slots=True)
class TimedTask:
    """One round of a task that has a result, whose row is ``seq``."""

    seq: int
    ticket: int
    round: int
    kind: str
    begin: float
    end: float
    outcome: str
    standing: str
    reason: str
    program: int | None
    operator: str
    calls: tuple[TimedCall, ...]
    evaluations: tuple[TimedEvaluation, ...]


def timings(store: Store, after: int = -1) -> Iterator[TimedTask]:
    """Yield every round of a task whose result came after a row, in the order of the results."""
    for row in store.database.execute(_TASKS, (after,)):
        seq, ticket, round_, kind, begin, end, outcome, standing, reason, program, operator = row
        calls, made = _calls(store, ticket, round_), _evaluations(store, ticket, begin, end)
        yield TimedTask(
            seq, ticket, round_, kind, begin, end, outcome, standing, reason, program, operator,
            calls, made,
        )  # fmt: skip


def _calls(store: Store, ticket: int, round_: int) -> tuple[TimedCall, ...]:
    query = "SELECT at, reply, body FROM calls WHERE ticket = ? AND round = ? ORDER BY id"
    rows = store.database.execute(query, (ticket, round_)).fetchall()
    return tuple(_call(store, at, reply, json.loads(body)) for at, reply, body in rows if reply)


def _call(store: Store, at: float, reply: int, body: dict[str, Any]) -> TimedCall:
    ended = json.loads(store.texts.get_text(reply))
    answer, cost = ended["reply"], ended["cost"]
    return TimedCall(
        at,
        at + answer["seconds"],
        body["model"],
        body["purpose"],
        cost["prompt_tokens"],
        cost["completion_tokens"],
        cost["usd"],
        answer["error"],
    )


def _evaluations(
    store: Store, ticket: int, begin: float, end: float
) -> tuple[TimedEvaluation, ...]:
    rows = store.database.execute(_EVALUATIONS, (ticket, begin, end)).fetchall()
    return tuple(
        TimedEvaluation(at - wall_s, at, program, case, split, status, cpu_s, memory)
        for program, case, split, status, at, wall_s, cpu_s, memory in rows
    )
