"""Expectations: what a proposal says it will do, checked by the evaluation that follows.

Stating a falsifiable expectation with each change, and keeping count of how often it holds, follows
Agentic Harness Engineering. The calibration is kept per operator and model.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cladogen.evaluation import Evaluation, Status
from cladogen.prompts.sections import brief
from cladogen.proposal import Expectation

# Between the words only what stays on the line, so that a reply of 100 000 blank lines is read in
# no time.
LINE = re.compile(
    r"^[^a-z0-9\n]*expect(?:ation|ed|s)?[^a-z0-9\n:]*:[^a-z_\n]*"
    r"(?P<metric>[a-z_][\w.\-]*)[`*\"']*[ \t]*(?:by |of )?"
    r"(?P<change>[-+\u2212]?[ \t]*(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)?(?P<rest>[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)


def read_expectation(
    reply: str, metrics: Collection[str], cases: Collection[str]
) -> Expectation | None:
    """Return the last expectation in a reply that names a metric of the problem; None when there is
    none.
    """
    answer = reply.rpartition("</think>")[2]
    before_patch = list(
        LINE.finditer(answer.partition("```")[0])
    )  # a patch may hold such a line too
    for found in reversed(before_patch or list(LINE.finditer(answer))):
        if found["metric"] in metrics:
            named = set(re.findall(r"[\w.\-]+", found["rest"].partition(" on ")[2]))
            change = found["change"]
            value = float(change.replace("\u2212", "-").replace(" ", "")) if change else None
            text = brief(found[0], 200)
            kept = tuple(case for case in cases if case in named)
            return Expectation(
                found["metric"],
                value if value is None or math.isfinite(value) else None,
                kept,
                text,
            )
    return None


def read_idea(reply: str) -> str:
    """Return the sentence after "Idea:", "" when the reply has none."""
    found = re.search(
        r"^[^a-z0-9\n]*idea[^a-z0-9\n:]*:[*_ \t]*([^\n]+)$", reply, re.IGNORECASE | re.MULTILINE
    )
    return brief(found[1].strip(" *`"), 300) if found else ""


def mean_metric(
    evaluations: Sequence[Evaluation], metric: str, cases: Collection[str] = ()
) -> float | None:
    """Return the mean of a metric over cases (each once; empty: all); None when any of them has no
    value.
    """
    values: dict[str, list[float]] = {}
    for row in evaluations:
        if (not cases or row.case in cases) and row.status is not Status.INFRA:
            if row.status is not Status.OK or metric not in row.metrics:
                return None
            values.setdefault(row.case, []).append(row.metrics[metric])
    means = [math.fsum(rows) / len(rows) for rows in values.values()]
    return math.fsum(means) / len(means) if means else None


@dataclass(slots=True)
class CalibrationCounts:
    """How expectations of one author came out: ``right`` had the right sign, ``held`` at least half
    the size too.
    """

    stated: int = 0
    right: int = 0
    held: int = 0
    failed: int = 0  # the child had no value at all

    def __str__(self) -> str:
        return (
            f"{self.stated} stated, {self.right} in the right direction, {self.held} held, "
            f"{self.failed} failed"
        )


class Calibration:
    """Expectations against outcomes, by (operator, model)."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], CalibrationCounts] = {}

    def tell(
        self,
        author: tuple[str, str],
        expected: Expectation,
        before: float | None,
        after: float | None,
    ) -> None:
        """Count one expectation; ``before`` and ``after`` are the metric's means over its cases."""
        record = self._records.setdefault(author, CalibrationCounts())
        record.stated += 1
        if after is None or before is None:
            record.failed += after is None
            return
        change = expected.change or 0.0
        actual = after - before
        record.right += actual * change > 0 or (
            change == 0 and abs(actual) <= 1e-9 * max(1.0, abs(before))
        )
        record.held += (
            actual * change > 0 and abs(actual) >= abs(change) / 2
        ) or change == actual == 0

    def __iter__(self) -> Iterator[tuple[tuple[str, str], CalibrationCounts]]:
        return iter(sorted(self._records.items()))

    def as_table(self) -> Mapping[tuple[str, str], CalibrationCounts]:
        return dict(self._records)
