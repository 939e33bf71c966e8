"""The scorer of a problem whose evaluator runs beside the candidate: it reads what was reported.

Nothing here makes such a score true. Whoever shares a process with the evaluator can report any
number; that is why runs of these problems say ``reported`` and not ``certified``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cladogen.scoring import Case, Invalid, Scored


def cases(parameters: Mapping[str, Any]) -> list[Case]:
    """Return a case for each input, or the one case without; ``parameters`` name the metrics that a
    report must have.
    """
    inputs = parameters.get("inputs") or ()
    named = [Case(f"input {value}", value) for value in inputs]
    return wanted(named or [Case("evaluate")], parameters)


def wanted(found: Sequence[Case], parameters: Mapping[str, Any]) -> list[Case]:
    """Return cases that want the metrics which ``parameters`` name."""
    return [replace(each, answer=tuple(parameters["metrics"])) for each in found]


def score(case: Case, output: Any) -> Scored:
    """Return the metrics that were reported."""
    metrics, feedback, failed = _parts(output)
    if failed:
        raise Invalid(failed)
    found = {str(name): _number(name, value) for name, value in metrics.items()}
    _check(found, case.answer)
    return Scored(found, feedback)


def _parts(output: Any) -> tuple[dict[str, Any], str, str]:
    """Return the parts of a report; raises Invalid for what is none."""
    if not isinstance(output, dict) or output.keys() != {"metrics", "feedback", "failed"}:
        raise Invalid("the evaluator's report is not there; did the program print or return one?")
    match output:
        case {"metrics": dict(metrics), "feedback": str(feedback), "failed": str(failed)}:
            return metrics, feedback, failed
    raise Invalid("the evaluator's report is not what the bridge writes")


def _number(name: str, value: Any) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not math.isfinite(value):
        raise Invalid(f"the evaluator reported {name} = {value!r}; a metric is a finite number")
    return float(value)


def _check(found: Mapping[str, float], names: Sequence[str]) -> None:
    for name in names:
        if name not in found:
            gave = ", ".join(found) or "no number"
            raise Invalid(f"the evaluator reported no {name}, which is needed; it gave {gave}")
