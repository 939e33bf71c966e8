"""What came of one program that was judged by hand, as a value and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cladogen.evaluation import Evaluation, Usage
from cladogen.evaluators.base import Evaluator
from cladogen.formatting import named, number, one_line, printable
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.view.paint import PLAIN, Paint


@dataclass(frozen=True, slots=True)
class CaseReport:
    """One case. ``split`` is "train" or "heldout"."""

    case: str
    split: str
    seed: int
    status: str
    metrics: Mapping[str, float]
    feedback: str
    log: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a program scored, where it ran, and case by case."""

    status: str
    metrics: Mapping[str, float]
    feedback: str
    log: str
    program: str
    problem: str
    variant: str
    sandbox: str
    strength: str
    cases: tuple[CaseReport, ...]


def judgement(
    problem: Problem,
    program: Program,
    evaluations: Sequence[Evaluation],
    evaluator: Evaluator,
    where: str,
) -> Judgement:
    """Return the report of evaluations; ``where`` is "sandbox: how strong it is"."""
    score = problem.score(evaluations)
    sandbox, _, strength = where.partition(": ")
    return Judgement(
        status=score.status.value,
        metrics=dict(score.metrics),
        feedback=score.feedback,
        log=next((row.log for row in evaluations if row.log), ""),
        program=program.id,
        problem=problem.name,
        variant=problem.variant,
        sandbox=sandbox,
        strength=strength,
        cases=tuple(_case(row, evaluator) for row in evaluations),
    )


def judgement_lines(
    report: Judgement, units: Mapping[str, str], paint: Paint = PLAIN
) -> Iterator[str]:
    """Yield the report; ``units`` are those of metrics by name."""
    yield named("program", report.program)
    yield named("sandbox", f"{report.sandbox}: {report.strength}")
    yield named("status", paint.good(report.status, report.status == "ok"))
    if report.metrics:
        yield named("metrics", paint(_values(report.metrics, units), "bold"))
    if report.feedback:
        yield named("feedback", printable(report.feedback))
    for case in report.cases:
        yield named("case", _case_words(case, units))
    if report.log:
        yield from ("log", printable(report.log).rstrip())


def _case(row: Evaluation, evaluator: Evaluator) -> CaseReport:
    split = "heldout" if row.case in evaluator.heldout else "train"
    metrics = dict(row.metrics)
    return CaseReport(
        row.case, split, row.seed, row.status.value, metrics, row.feedback, row.log, row.usage
    )


def _case_words(case: CaseReport, units: Mapping[str, str]) -> str:
    said = _values(case.metrics, units) or one_line(case.feedback, 100)
    usage = case.usage
    used = f"{usage.wall_s:.3g} s"
    if not usage.elsewhere:
        used += f", {usage.cpu_s:.3g} s of CPU, {usage.peak_memory_mb:.0f} MiB"
    return f"{case.case} ({case.split}): {case.status}: {said}; {used}"


def _values(metrics: Mapping[str, float], units: Mapping[str, str]) -> str:
    return ", ".join(
        f"{name} {number(value, 9)} {units.get(name, '')}".rstrip()
        for name, value in metrics.items()
    )
