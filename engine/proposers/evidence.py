"""Evidence: what a run knows of a program, as files that its improver can read.

Training cases only: held-out results are not in the record that proposers read. The files are laid
beside the program's own, and whatever becomes of them is no part of the child.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from cladogen.evaluation import Evaluation, Score, fitness_of
from cladogen.problem import Problem
from cladogen.program import File
from cladogen.prompts.frames import Frames
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.result import Result

FOLDER = "EVIDENCE"
Tried = Sequence[tuple[Proposal, Result]]
LATEST = 50  # proposals of the whole run that are shown
PAGE = """\
What the run knows of this program. Nothing here is part of it; what is changed here is lost.

- results.json: each evaluation: case, status, metrics, feedback, and the file with its log
- lineage.json: the programs from the seed to this one: what each changed, and what it gained
- tried.json: what was tried on this program before, and what came of it
- latest.json: the last proposals of the whole run
- run.json: the metric, whether it is to grow, this program's number, a random seed

A gain is the mean difference to the parent over the cases that both were measured on, as a share of
the metric's range where it has one; null where there is no such case.
"""


def evidence(
    problem: Problem, record: Record, number: int, seed: int, *, alone: bool = False
) -> dict[str, File]:
    """Return the files of a program's evidence by path; ``alone`` leaves out every program that is
    not in its lineage.
    """
    frames = Frames(problem)
    rows = frames.of(record.evaluations(number))
    tried, latest = _tried_on(record, number, alone=alone)
    tables: dict[str, Any] = {
        "results": [_row(row, at if row.log else None) for at, row in enumerate(rows)],
        "lineage": [_ancestor(record, each) for each in _lineage(record, number)],
        "tried": _tried(record, tried, frames),
        "latest": _tried(record, latest, frames),
        "run": _run(problem, number, seed),
    }
    texts = {f"{name}.json": json.dumps(table, indent=1) for name, table in tables.items()}
    texts |= _logs(rows) | {"README.md": PAGE}
    return {
        f"{FOLDER}/{path}": File(text.encode("utf-8", "replace")) for path, text in texts.items()
    }


def _logs(rows: Sequence[Evaluation]) -> dict[str, str]:
    return {f"logs/{at}.txt": row.log for at, row in enumerate(rows) if row.log}


def _tried_on(record: Record, number: int, *, alone: bool) -> tuple[Tried, Tried]:
    """Return what was tried on a program, and what was tried last on any."""
    return ((), ()) if alone else (record.proposals(number), record.latest(LATEST))


def _run(problem: Problem, number: int, seed: int) -> dict[str, Any]:
    metric = problem.objective
    return {
        "metric": metric.name,
        "direction": metric.direction,
        "low": metric.low,
        "high": metric.high,
        "program": number,
        "seed": seed,
    }


def _row(row: Evaluation, log: int | None) -> dict[str, Any]:
    return {
        "case": row.case,
        "status": row.status.value,
        "metrics": dict(row.metrics),
        "feedback": row.feedback,
        "log": None if log is None else f"logs/{log}.txt",
    }


def _lineage(record: Record, number: int) -> list[int]:
    """Return the first parents of a program, oldest first, and the program."""
    line = [number]
    while parents := record.node(line[-1]).parents:
        line.append(parents[0])
    return line[::-1]


def _ancestor(record: Record, number: int) -> dict[str, Any]:
    parents = record.node(number).parents
    if not parents:
        return {"program": number, "summary": "", **_standing(record, number, None)}
    tried = record.proposals(parents[0])
    made = [proposal.summary for proposal, result in tried if result.program == number]
    summary = made[-1] if made else ""
    return {"program": number, "summary": summary, **_standing(record, number, parents[0])}


def _tried(record: Record, proposals: Tried, frames: Frames) -> list[dict[str, Any]]:
    return [
        _attempt(record, proposal, result) | {"reason": frames.seen(result.reason)}
        for proposal, result in proposals
    ]


def _attempt(record: Record, proposal: Proposal, result: Result) -> dict[str, Any]:
    parent = proposal.parents[0] if proposal.parents else None
    number = result.program
    standing = {} if number is None else _standing(record, number, parent)
    return {
        "task": proposal.ticket,
        "parent": parent,
        "program": number,
        "outcome": result.outcome.value,
        "summary": proposal.summary,
        **standing,
    }


def _standing(record: Record, number: int, parent: int | None) -> dict[str, Any]:
    score = record.score(number)
    fitness = fitness_of(score)
    gained = None if parent is None else gain(record.score(parent), score)
    return {"fitness": fitness, "gain": gained}


def gain(before: Score | None, after: Score | None) -> float | None:
    """Return the mean difference over the cases that both scores have, None where there is none."""
    old, new = _values(before, after)
    shared = [name for name in new if name in old]
    if not shared:
        return None
    return math.fsum(new[name] - old[name] for name in shared) / len(shared)


def _values(*scores: Score | None) -> list[Mapping[str, float]]:
    """Return what scores reached on each case, on one scale: utilities, where a failed case has a
    place, or, for an objective without a range, whose utilities are all 0, its own values.
    """
    known = [score for score in scores if score is not None]
    ranged = any(any(score.utilities.values()) for score in known)
    return [_reached(score, ranged=ranged) for score in scores]


def _reached(score: Score | None, *, ranged: bool) -> Mapping[str, float]:
    if score is None:
        return {}
    return score.utilities if ranged else score.cases
