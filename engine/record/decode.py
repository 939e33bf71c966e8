"""Values out of the rows of ``run.db``, those of earlier versions too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.proposal import Cost, Expectation, Proposal
from cladogen.record.call_texts import FROM_CALL, read_texts
from cladogen.task import Measure, Propose, Purpose, Task

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


def as_proposal(
    ticket: int,
    operator: str,
    model: str,
    body: str | dict[str, Any],
    texts: tuple[str, ...] = ("", "", ""),
) -> Proposal:
    """Return the proposal of a row and its texts: prompt, reply, patch. ``body`` may be read
    already; then it is used up.
    """
    values = read_json(body) if isinstance(body, str) else body
    if "notes" in values:
        _read_notes(values)
    values["parents"] = tuple(values["parents"])
    values["operators"] = tuple(values.get("operators", ()))
    values["cost"] = Cost(**values["cost"])
    if values["expectation"] is not None:
        expectation = values["expectation"]
        values["expectation"] = Expectation(**{**expectation, "cases": tuple(expectation["cases"])})
    prompt, reply, patch = read_texts(texts, values.pop(FROM_CALL, ()))
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


def as_evaluation(tree: str, row: Sequence[Any]) -> Evaluation:
    """Return the evaluation of a row's columns, in the order of the schema."""
    case, seed, status, metrics, feedback, log, output, wall_s, cpu_s, memory, size, cost = row
    usage = Usage(wall_s, cpu_s, memory, size)
    return Evaluation(
        tree, case, seed, _STATUSES[status], read_json(metrics), feedback, log, output, usage, cost
    )


def as_brief_evaluation(row: Sequence[Any]) -> Evaluation:
    """Return an evaluation with what a score needs of it, whose program is not named."""
    case, seed, status, metrics, feedback = row
    return Evaluation("", case, seed, _STATUSES[status], read_json(metrics), feedback)
