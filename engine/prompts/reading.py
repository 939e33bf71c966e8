"""Reading a reply: a patch, or the code and reason why there is none; with its idea and its
expectation.
"""

from __future__ import annotations

import traceback
from dataclasses import replace
from functools import partial
from pathlib import Path

from cladogen.errors import PatchRefused
from cladogen.expectation import mean_metric
from cladogen.patch import apply_reply
from cladogen.patching.read.regions import clean
from cladogen.patching.read.thoughts import without_thoughts
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.prompts.expectations import read_expectation, read_idea
from cladogen.proposal import Expectation, Proposal
from cladogen.record.base import Record

CUT = "cut-reply"  # the code of a reply that its provider did not let end
FAULT = "reader-fault"  # the code of a reply that the reader itself failed on


def read_reply(
    blank: Proposal, text: str, problem: Problem, record: Record, cut: str = ""
) -> tuple[Proposal, Program | None]:
    """Fill ``blank`` from a reply to its prompt; also return the program that the reply makes, None
    when refused.

    ``cut`` says why the reply ended before its end: such a reply is never applied, for what is
    missing may be the other half of the change. Any other ended by itself, so that a last fence
    which is never closed may be read.
    """
    try:
        return _read(blank, text, problem, record, cut)
    except Exception as error:  # noqa: BLE001
        # A defect of the reader. The reply is recorded and paid for: a run that ended on it would
        # end on it again each time that it is resumed.
        return replace(blank, reply=text, code=FAULT, reason=_fault(error)), None


def _fault(error: Exception) -> str:
    """Say where the reader failed, and what helps."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    return (
        f"the engine failed to read this reply ({type(error).__name__} at {place}), which is a "
        "defect of the engine; send the same change in another form"
    )


def _read(
    blank: Proposal, text: str, problem: Problem, record: Record, cut: str
) -> tuple[Proposal, Program | None]:
    names = [metric.name for metric in problem.metrics]
    said = spoken(text)
    expected = read_expectation(said, names, cases_of(record))
    expected = expected and _from_now(expected, blank.parents, record)
    made = partial(replace, blank, reply=text, summary=read_idea(said), expectation=expected)
    if cut:
        return made(code=CUT, reason=cut), None
    parent = record.program(blank.parents[0])
    try:
        applied = apply_reply(parent, text, problem.policy, ended=True)
    except PatchRefused as refusal:
        return made(code=refusal.code, reason=refusal.reason), None
    return made(patch=applied.patch_text), applied.program


def spoken(text: str) -> str:
    """Return a reply without its thoughts: idea and expectation are read from the same text as the
    patch.
    """
    try:
        return without_thoughts(clean(text))
    except PatchRefused:  # it ends inside a thought; there is nothing else
        return text


def _from_now(expected: Expectation, parents: tuple[int, ...], record: Record) -> Expectation:
    """Return an expectation with the parent's value, from which it starts."""
    rows = record.evaluations(parents[0]) if parents else ()
    return replace(expected, before=mean_metric(rows, expected.metric, expected.cases))


def cases_of(record: Record) -> tuple[str, ...]:
    """Return the training cases that the first seed was measured on."""
    return tuple(dict.fromkeys(row.case for row in record.evaluations(0))) if record.size() else ()
