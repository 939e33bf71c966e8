"""What of a signed report agrees with a program, a problem and a new measurement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cladogen.problem import Problem
from cladogen.problem.rounding import settled
from cladogen.problem.values import Metric
from cladogen.program import Program
from cladogen.signing.report import hashes


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared, and what was found."""

    name: str
    agrees: bool
    words: str


def compared(
    report: Mapping[str, Any],
    problem: Problem,
    program: Program,
    measured: Mapping[str, Mapping[str, float | None]],
) -> list[Check]:
    """Return what agrees: the program's tree, problem and scorer by hash, and every case."""
    found, own = report["problem"], hashes(problem)
    tree = report["program"]["tree"]
    checks = [
        Check("program", program.id == tree, program.id if program.id == tree else
              f"{program.id}, and the report is about {tree}"),
        Check("scorer", own["scorer_sha256"] == found["scorer_sha256"], own["scorer_sha256"][:16]),
        Check("problem", own["sha256"] == found["sha256"], own["sha256"][:16]),
    ]  # fmt: skip
    for split, said in report["results"].items():
        checks += [_case(problem.objective, split, said, measured.get(split, {}))] if said else []
    return checks


def _case(
    metric: Metric, split: str, said: Mapping[str, float | None], found: Mapping[str, float | None]
) -> Check:
    """Compare the values of the cases, but for the rounding noise of their last bits."""
    differing = {
        case: (value, found.get(case))
        for case, value in said.items()
        if not _same(metric, value, found.get(case))
    }
    if not differing:
        return Check(split, True, f"{len(said)} cases, each as it was")
    case, (before, now) = next(iter(differing.items()))
    return Check(
        split, False, f"{len(differing)} of {len(said)} cases differ; {case}: {before}, now {now}"
    )


def _same(metric: Metric, before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        return before is now
    return settled(metric, before) == settled(metric, now)
