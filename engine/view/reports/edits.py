"""The edits of a lineage: what each said that it would do, what it did, and which made it worse.

Edits that can be falsified, as Agentic Harness Engineering has them: an expectation is held against
the next evaluation, and counted along the line of descent. An edit regresses when its program is
worse than its parent, on the cases that both were measured on, by more than thrice the noise of the
seed program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cladogen.expectation import compare, mean_metric
from cladogen.formatting import named, number, one_line
from cladogen.proposers.regression import beyond_noise, paired_change
from cladogen.view.reports.proposal_text import expected_words
from cladogen.view.run_reader import RunReader


@dataclass(frozen=True, slots=True)
class EditReport:
    """One edit: the program that it made, its change against the parent (None: not comparable),
    what it expected ("": nothing), and whether that had the right sign, and held.
    """

    number: int
    change: float | None
    regressed: bool
    expected: str = ""
    right: bool | None = None
    held: bool | None = None


def edits(run: RunReader, number_: int) -> tuple[EditReport, ...]:
    """Return the edits from the seed program to a program, along first parents."""
    line = run.descent(number_)
    return tuple(_edit(run, child, parent) for parent, child in pairwise(line))


def _edit(run: RunReader, child: int, parent: int) -> EditReport:
    change = paired_change(run.score(parent), run.score(child))
    regressed = beyond_noise(change, run.noise)
    row = run.row(child)
    proposal = run.store.proposal(row.node.ticket, row.round)
    expected = None if proposal is None else proposal.expectation
    if proposal is None or expected is None:
        return EditReport(child, change, regressed)
    if expected.before is None:
        return EditReport(child, change, regressed, expected_words(proposal))
    rows = run.evaluations("train", child).get(child, [])
    seen = compare(expected, expected.before, mean_metric(rows, expected.metric, expected.cases))
    return EditReport(child, change, regressed, expected_words(proposal), seen.right, seen.held)


def edits_lines(found: Sequence[EditReport]) -> Iterator[str]:
    """Yield how often expectations held along the line, and the edits that made it worse."""
    judged = [each for each in found if each.held is not None]
    if judged:
        right = sum(bool(each.right) for each in judged)
        held = sum(bool(each.held) for each in judged)
        text = f"{held} of {len(judged)} expectations of its lineage held, {right} in their sign"
        yield named("expected", text)
    worse = ", ".join(map(_by_how_much, filter(_is_worse, found)))
    if worse:
        yield named("regressed", one_line(f"{worse}: worse than the parent, beyond noise", 300))


def _is_worse(each: EditReport) -> bool:
    return bool(each.regressed)


def _by_how_much(each: EditReport) -> str:
    return f"#{each.number} by {number(-(each.change or 0.0), 4)}"
