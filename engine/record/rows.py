"""The rows of ``run.db``: their schema, and the values that they become again."""

from __future__ import annotations

import json
from typing import Any

from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.proposal import Cost, Expectation, Proposal
from cladogen.record import blobs as texts
from cladogen.task import Measure, Propose, Purpose, Task

SCHEMA = (
    texts.SCHEMA
    + """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
    ticket INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, asker TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS proposals (
    id INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, round INTEGER NOT NULL, at REAL NOT NULL,
    operator TEXT NOT NULL,
    model TEXT NOT NULL, prompt INTEGER, reply INTEGER, patch INTEGER, body TEXT NOT NULL,
    UNIQUE (ticket, round)
);
CREATE TABLE IF NOT EXISTS programs (
    number INTEGER PRIMARY KEY, tree TEXT NOT NULL UNIQUE, parents TEXT NOT NULL,
    ticket INTEGER NOT NULL,
    round INTEGER NOT NULL, canonical BLOB NOT NULL, files TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS evaluations (
    id INTEGER PRIMARY KEY, program INTEGER NOT NULL, ticket INTEGER NOT NULL, split TEXT NOT NULL,
    fresh INTEGER NOT NULL, name TEXT NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL,
    metrics TEXT NOT NULL,
    feedback TEXT NOT NULL, log TEXT NOT NULL, output TEXT NOT NULL, wall_s REAL NOT NULL,
    cpu_s REAL NOT NULL,
    peak_memory_mb REAL NOT NULL, output_bytes INTEGER NOT NULL, cost_usd REAL, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS evaluations_by_program ON evaluations (program);
CREATE INDEX IF NOT EXISTS evaluations_by_ticket ON evaluations (ticket);
CREATE TABLE IF NOT EXISTS outputs (output TEXT PRIMARY KEY, text INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS results (
    seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, round INTEGER NOT NULL,
    last INTEGER NOT NULL, at REAL NOT NULL,
    outcome TEXT NOT NULL, program INTEGER, standing TEXT NOT NULL, reason TEXT NOT NULL,
    UNIQUE (ticket, round)
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, ticket INTEGER NOT NULL, round INTEGER NOT NULL,
    key TEXT NOT NULL,
    request INTEGER NOT NULL, reply INTEGER, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_key ON calls (key);
CREATE INDEX IF NOT EXISTS calls_by_ticket ON calls (ticket);
"""
)


_DECODER = json.JSONDecoder()
_EARLIER_PURPOSES = ("seed", "final")  # an archive's note had to say it once
_STATUSES = {status.value: status for status in Status}


def read_json(text: str) -> Any:
    """Read a JSON text of our own: without the checks of `json.loads`, in a third of its time."""
    return _DECODER.raw_decode(text)[0]


def as_task(kind: str, body: str) -> Task:
    """Return the task of a row."""
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in read_json(body).items()
    }
    if "purpose" not in values and values["note"] in _EARLIER_PURPOSES:
        values |= {"purpose": values["note"], "note": ""}
    values["purpose"] = Purpose(values.get("purpose", Purpose.SEARCH))
    return Propose(**values) if kind == "propose" else Measure(**values)


def as_proposal(ticket: int, operator: str, model: str, parts: list[str], body: str) -> Proposal:
    """Return the proposal of a row and its texts: prompt, reply, patch."""
    values = read_json(body)
    if "notes" in values:
        _read_notes(values)
    values["parents"] = tuple(values["parents"])
    values["operators"] = tuple(values.get("operators", ()))
    values["cost"] = Cost(**values["cost"])
    if values["expectation"] is not None:
        expectation = values["expectation"]
        values["expectation"] = Expectation(**{**expectation, "cases": tuple(expectation["cases"])})
    prompt, reply, patch = parts
    return Proposal(
        ticket=ticket,
        operator=operator,
        model=model,
        prompt=prompt,
        reply=reply,
        patch=patch,
        **values,
    )


def _read_notes(values: dict[str, Any]) -> None:
    """Turn the notes that earlier versions kept as texts into fields."""
    notes = values.pop("notes") or {}
    values |= {"form": notes.get("format", ""), "renewed": bool(notes.get("renewed"))}
    values["operators"] = notes["operators"].split("+") if "operators" in notes else ()
    values["in_vain"] = notes.get("in_vain", "tune" if notes.get("polished") else "")
    if "parent_fitness" in notes:
        values["parent_fitness"] = float(notes["parent_fitness"])
    if "expected_from" in notes and values["expectation"] is not None:
        values["expectation"]["before"] = float(notes["expected_from"])


def as_evaluation(tree: str, row: list[Any]) -> Evaluation:
    """Return the evaluation of a row's columns, in the order of `Store.evaluations`."""
    case, seed, status, metrics, feedback, log, output, wall_s, cpu_s, memory, size, cost = row
    usage = Usage(wall_s, cpu_s, memory, size)
    return Evaluation(
        tree, case, seed, _STATUSES[status], read_json(metrics), feedback, log, output, usage, cost
    )
