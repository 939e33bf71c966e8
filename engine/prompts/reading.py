"""Reading a reply: a patch, or the code and reason why there is none; with its idea and its
expectation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.patching.read.regions import clean, without_thoughts
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.prompts.expectations import mean_metric, read_expectation, read_idea
from cladogen.proposal import Expectation, Proposal
from cladogen.record.base import Record

CUT = "cut-reply"  # the code of a reply that its provider did not let end


def read_reply(
    blank: Proposal, text: str, problem: Problem, record: Record, cut: str = ""
) -> tuple[Proposal, Program | None]:
    """Fill ``blank`` from a reply to its prompt; also return the program that the reply makes, None
    when refused.

    ``cut`` says why the reply ended before its end: such a reply is never applied, for what is
    missing may be the other half of the change. Any other ended by itself, so that a last fence
    which is never closed may be read.
    """
    names = [metric.name for metric in problem.metrics]
    said = spoken(text)
    expected = read_expectation(said, names, cases_of(record))
    notes = noted(blank, expected, record)
    made = replace(blank, reply=text, summary=read_idea(said), expectation=expected, notes=notes)
    if cut:
        return replace(made, code=CUT, reason=cut), None
    parent = record.program(blank.parents[0])
    try:
        applied = apply_reply(parent, text, problem.policy, ended=True)
    except PatchRefused as refusal:
        return replace(made, code=refusal.code, reason=refusal.reason), None
    return replace(made, patch=applied.patch_text), applied.program


def spoken(text: str) -> str:
    """Return a reply without its thoughts: idea and expectation are read from the same text as the
    patch.
    """
    try:
        return without_thoughts(clean(text))
    except PatchRefused:  # it ends inside a thought; there is nothing else
        return text


def noted(blank: Proposal, expected: Expectation | None, record: Record) -> Mapping[str, str]:
    """Return the proposal's notes with the value that its expectation starts from."""
    notes = dict(blank.notes or {})
    if expected is not None and blank.parents:
        before = mean_metric(record.evaluations(blank.parents[0]), expected.metric, expected.cases)
        if before is not None:
            notes["expected_from"] = repr(before)
    return {key: value for key, value in notes.items() if value}


def cases_of(record: Record) -> tuple[str, ...]:
    """Return the training cases that the first seed was measured on."""
    return tuple(dict.fromkeys(row.case for row in record.evaluations(0))) if record.size() else ()
