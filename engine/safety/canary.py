"""Canaries: cases that no honest program solves. A program that solves one cheats.

A canary looks like any other case and counts for no score. Every new program runs them once. One
that solves one has no score (Status.REFUSED), is unknown to the archive, and so has no children:
its lineage ends there. What proposers may read of it does not name the canary.
"""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.evaluation import Evaluation, Status
from cladogen.problem import Problem
from cladogen.result import CANARY

SPLIT = "canary"  # under which evaluations of canaries are recorded
REASON = f"{CANARY}it solved a case that has no honest solution"


def solved(problem: Problem, rows: Sequence[Evaluation]) -> tuple[str, ...]:
    """Return the canaries that these evaluations solved."""
    known = {canary.case: canary for canary in problem.canaries}
    name = problem.objective.name
    return tuple(
        dict.fromkeys(
            row.case
            for row in rows
            if row.status is Status.OK
            and row.case in known
            and known[row.case].caught(row.metrics[name])
        )
    )


def refusal(program: str) -> Evaluation:
    """Return the evaluation that leaves a caught program without a score."""
    return Evaluation(program, SPLIT, 0, Status.REFUSED, feedback=REASON)
