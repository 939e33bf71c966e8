"""What an evaluator's report on a program that failed says besides how it failed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cladogen.evaluation import Evaluation, Status
from cladogen.problem import Problem

KIND = re.compile(r"^[\w.]+(?:Error|Exception): ")  # of what was raised
NOTHING = re.compile(
    r"\s*(?:feedback:|(?:\w+: )?(?:Traceback \(most recent call last\):|The evaluator failed:)"
    r"|\.\.\. \(\d+ characters left out\) \.\.\.|[\s~^]*)\s*"
)


def besides(problem: Problem, returned: str, row: Evaluation) -> str:
    """Return the lines of a report that say more than the failure, which stands elsewhere; "" where
    only numbers are left. What is no report on a failure comes back as it is.
    """
    if not problem.reported or row.status is not Status.INVALID:
        return returned
    known = " ".join(row.feedback.split())
    left = [line for line in returned.splitlines() if _words(line) not in known]
    return "\n".join(left) if _has_words(left) else ""


def _has_words(lines: Iterable[str]) -> bool:
    """Tell whether lines of a report say anything besides numbers, and besides what stands around
    a failure's words.
    """
    told = (line for line in lines if not line.startswith("metrics: "))
    return any(NOTHING.fullmatch(line) is None for line in told)


def _words(line: str) -> str:
    """Return a line of a report without its quotes and what it is called."""
    said = line.replace('\\"', '"').strip()
    for name in ("feedback:", "failed:"):
        said = said.removeprefix(name).strip()
    said = KIND.sub("", said.strip('"').removeprefix("error:").strip())
    return said or "\n"
