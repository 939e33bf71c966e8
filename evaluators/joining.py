"""An evaluation, made of what a program did and what the scorer says of it."""

from __future__ import annotations

from dataclasses import replace

from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.evaluators.scorer import Verdict, fingerprint
from cladogen.problem import Problem
from cladogen.problem.aggregate import MEASURED
from cladogen.program import Program
from cladogen.sandboxes.base import Execution


def scored(
    problem: Problem, program: Program, case: str, seed: int, execution: Execution, verdict: Verdict
) -> Evaluation:
    """Return the evaluation of an output under a verdict, with the metrics that the sandbox
    measured.
    """
    if not verdict.invalid and not verdict.error:
        measured = _measured(problem, execution.usage)
        verdict = replace(verdict, metrics={**measured, **verdict.metrics})
    status, feedback = _status(problem, verdict)
    if status is not Status.OK:
        verdict = replace(verdict, metrics={}, picture="")
    return Evaluation(
        program.id,
        case,
        seed,
        status,
        verdict.metrics,
        feedback,
        execution.log,
        fingerprint(execution.output or b""),
        execution.usage,
        returned=verdict.returned,
        picture=verdict.picture,
    )


def stopped(program: Program, case: str, seed: int, execution: Execution) -> Evaluation:
    """Return the evaluation of a run that returned nothing."""
    row = failed(program, case, seed, execution.status, execution.detail)
    return replace(row, log=execution.log, usage=execution.usage)


def failed(program: Program, case: str, seed: int, status: Status, why: str) -> Evaluation:
    """Return the evaluation of a program that was not run to its end."""
    return Evaluation(program.id, case, seed, status, feedback=why)


def joined(verdict: Verdict, described: Verdict) -> Verdict:
    """Return the verdict on an output with the metrics of the program's text added; the first
    failure stands.
    """
    if verdict.error or verdict.invalid:
        return verdict
    if described.error or described.invalid:
        return described
    return replace(verdict, metrics={**verdict.metrics, **described.metrics})


def _status(problem: Problem, verdict: Verdict) -> tuple[Status, str]:
    """Return how an evaluation with this verdict ended, and what is said of it."""
    if verdict.error:
        return Status.INFRA, verdict.error
    if verdict.invalid:
        return Status.INVALID, verdict.invalid
    missing = _missing(problem, verdict)
    if missing:
        return Status.INFRA, missing
    return Status.OK, verdict.feedback


def _measured(problem: Problem, usage: Usage) -> dict[str, float]:
    """Return the metrics that the problem names and the sandbox measures, from outside the
    program.
    """
    return {name: getattr(usage, name) for name in problem.named_metrics() if name in MEASURED}


def _missing(problem: Problem, verdict: Verdict) -> str:
    """Return which metric a verdict lacks, "" when it lacks none."""
    for name in problem.named_metrics():
        if name not in verdict.metrics:
            gave = ", ".join(verdict.metrics) or "nothing"
            return (
                f"{problem.scorer}: no metric {name!r}, which problem.toml names; the "
                f"scorer gave {gave}"
            )
    return ""
