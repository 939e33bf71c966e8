"""Whether a problem's own limits let in the best solution that is known."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from cladogen.evaluators.certify import Certificate, certify, encoded
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.problem import Problem
from cladogen.sandboxes.base import OUTPUT_MB

SAME = 1e-9  # relative: a published value is rounded


@dataclass(frozen=True, slots=True)
class KnownSolution:
    """What the scorer says of a known solution. ``faults`` says why a program that returns it would
    not get ``best_known``, none where it would.
    """

    value: float | None
    answer_mb: float
    scorer_s: float
    faults: tuple[str, ...]
    words: str


async def reach(problem: Problem, evaluator: ProblemEvaluator, solution: Any) -> KnownSolution:
    """Hand a known solution to the scorer as if a program had returned it on the first training
    case; the evaluator must have started.
    """
    case = evaluator.train[0]
    began = time.monotonic()
    (found,) = await certify(problem, evaluator, solution, case)
    seconds = time.monotonic() - began
    size = len(encoded(solution)) / (1 << 20)
    most = evaluator.limits.output_mb or OUTPUT_MB
    faults = tuple(_faults(problem, found, (size, most), seconds))
    unit = problem.objective.unit
    value = "no value" if found.value is None else f"{found.value:.12g}{unit and ' ' + unit}"
    words = f"the solution has {value}, {size:.3g} MiB, {seconds:.3g} s in the scorer"
    return KnownSolution(found.value, size, seconds, faults, "; ".join([words, *faults]))


def _faults(
    problem: Problem, found: Certificate, mb: tuple[float, float], seconds: float
) -> list[str]:
    """Return what stands between the solution and the best value known; ``mb`` are the answer's
    size and the most that it may have.
    """
    faults = []
    if mb[0] > mb[1]:
        faults.append(f"an answer may have {mb[1]:g} MiB ([limits] output_mb)")
    if seconds > problem.scorer_time_s:
        faults.append(f"the scorer may take {problem.scorer_time_s:g} s ([scorer] time_s)")
    if not found.valid:
        faults.append(f"it is not valid: {found.feedback}")
    faults += [f"it breaks {text}" for text in found.violated]
    return faults + _shortfall(found, problem.best_known)


def _shortfall(found: Certificate, known: float | None) -> list[str]:
    if found.valid and known is not None and not _reaches(found.gain, known):
        return [f"best_known says {known:.12g}"]
    return []


def _reaches(gain: float | None, known: float) -> bool:
    return gain is not None and gain >= -SAME * abs(known)
