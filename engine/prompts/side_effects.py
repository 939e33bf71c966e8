"""What a change that was tried did besides the objective: to the metric that was expected to
change, to those that got better or worse for it, and to what the scorer said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import filterfalse
from typing import NamedTuple

from cladogen.evaluation import Evaluation
from cladogen.expectation import mean_metric
from cladogen.problem import Metric
from cladogen.prompts.attempts import Attempt
from cladogen.prompts.context import Context
from cladogen.prompts.figures import figures
from cladogen.prompts.sections import brief
from cladogen.proposal import Expectation

SAID = 120  # characters of the scorer's words
SIZE = "size"  # what a scorer's `describe` calls a program's length, for which nothing is paid
LITTLE = 0.05  # of its value, by which a metric may change without a word
DIGITS = re.compile(r"[-+]?\d[\d.]*(?:e[-+]?\d+)?")


def expected_change(context: Context, each: Attempt) -> str:
    """Say what became of the metric that was expected to change, where that is not the objective
    over all cases.
    """
    expected = each.first.expectation
    assert each.program is not None
    if expected is None or expected.before is None:
        return ""
    rows = context.record.evaluations(each.program)
    if _is_the_score(context, expected, rows):
        return ""
    after = mean_metric(rows, expected.metric, expected.cases)
    if after is None:
        return ""
    was, now = figures([expected.before, after])
    where = f" on {', '.join(expected.cases)}" if expected.cases else ""
    return f", {expected.metric}{where} {was} -> {now}"


def _is_the_score(context: Context, expected: Expectation, rows: Sequence[Evaluation]) -> bool:
    """Tell whether an expectation is about the objective over all cases."""
    if expected.metric != context.problem.objective.name:
        return False
    return set(expected.cases) in (set(), {row.case for row in rows})


def other_metrics(context: Context, each: Attempt) -> str:
    """Say of a program that got better which two other metrics changed most; of one that got worse
    which got better, and which worse by most: what was paid for what. "" where none did.
    """
    if each.verdict not in ("better", "worse") or each.program is None:
        return ""
    changes = sorted(_changes(context, each), key=lambda change: -abs(change.share))
    shown = changes[:2] if each.verdict == "better" else _paid(changes)
    return "".join(f", {one.metric} {' -> '.join(one.words)}" for one in shown)


def _paid(changes: Sequence[_Change]) -> list[_Change]:
    """Return what got better and what worse, nothing where nothing got better."""
    better = list(filter(_is_better, changes))
    worse = list(filterfalse(_is_better, changes))
    return [*better[:2], *worse[:2]] if better else []


def said_of_it(context: Context, each: Attempt) -> str:
    """Say what the scorer said of a program that got worse, on the case that lost most: only where
    it said something else of the program before, but for the numbers, or where all is lost.
    """
    if each.verdict != "worse" or each.program is None:
        return ""
    before, after = context.cases(each.parent), context.cases(each.program)
    case = _lost_most(before, after)
    now = _news_on(context, each.parent, each.program, case) if case else ""
    where = f" of {case}" if len(after) > 1 else ""
    return f"; the scorer said{where}: {now.rstrip('.')}" if now else ""


def _news_on(context: Context, parent: int, child: int, case: str) -> str:
    """Return what the scorer said of a child on a case, "" where it said the same of its parent,
    but for the numbers, and not all is lost.
    """
    now, then = (_words_on(context, number, case) for number in (child, parent))
    floor = context.problem.objective.floor
    lost = floor is not None and context.cases(child)[case] <= floor
    return now if lost or DIGITS.sub("", now) != DIGITS.sub("", then) else ""


class _Change(NamedTuple):
    """How another metric changed: by which share of what it was, more than 0 where it got better,
    and from what to what.
    """

    metric: str
    share: float
    words: Sequence[str]


def _is_better(change: _Change) -> bool:
    return change.share > 0


def _changes(context: Context, each: Attempt) -> Iterator[_Change]:
    """Yield the metrics that a scorer measured, without the objective, that changed by more than a
    little.
    """
    assert each.program is not None
    unpaid = (context.problem.objective.name, SIZE)
    before, after = map(context.evaluations, (each.parent, each.program))
    for metric in context.problem.metrics:
        if metric.name not in unpaid:
            yield from _change(metric, before, after)


def _change(
    metric: Metric, before: Sequence[Evaluation], after: Sequence[Evaluation]
) -> Iterator[_Change]:
    """Yield how a metric changed, where that is more than a little."""
    was, now = (mean_metric(rows, metric.name, ()) for rows in (before, after))
    if was is None or now is None:
        return
    share = metric.sign * (now - was) / max(abs(was), abs(now), 1e-12)
    if abs(share) > LITTLE:
        yield _Change(metric.name, share, figures([was, now]))


def _lost_most(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """Return the case on which a program fell most, "" where it fell on none."""
    fallen = [case for case in after if after[case] < before.get(case, after[case])]
    return min(fallen, key=lambda case: after[case] - before[case], default="")


def _words_on(context: Context, number: int, case: str) -> str:
    row = context.by_case(number).get(case)
    return "" if row is None else brief(row.feedback, SAID)
