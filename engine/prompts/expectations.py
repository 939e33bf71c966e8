"""Expectations: what a proposal says it will do, checked by the evaluation that follows.

Stating a falsifiable expectation with each change, and keeping count of how often it holds, follows
Agentic Harness Engineering. `cladogen.expectation` compares, `cladogen.record.credit` counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import takewhile

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

IDEA = 500  # characters that are kept of an idea
SENTENCES = 3  # of a reply's prose that stand for an idea where none is named
NAMED = re.compile(r"[^a-z0-9\n]*idea[^a-z0-9\n:]*:[*_ \t]*", re.IGNORECASE)


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
            return _expectation(found, cases)
    return None


def _expectation(found: re.Match[str], cases: Iterable[str]) -> Expectation:
    """Return what a line expects."""
    named = set(re.findall(r"[\w.\-]+", found["rest"].partition(" on ")[2]))
    kept = tuple(case for case in cases if case in named)
    return Expectation(found["metric"], _change(found["change"]), kept, brief(found[0], 200))


def _change(said: str | None) -> float | None:
    """Return by how much a metric is expected to change, None where no finite number says it."""
    if not said:
        return None
    value = float(said.replace("\u2212", "-").replace(" ", ""))
    return value if math.isfinite(value) else None


def read_idea(reply: str) -> str:
    """Return what a reply says it does: what follows "Idea:" up to an empty line, or, where there
    is no such line, the first sentences of its prose; "" when it has neither.
    """
    lines = list(_prose(reply.rpartition("</think>")[2]))
    for at, line in enumerate(lines):
        if named := NAMED.match(line):
            rest = [line[named.end() :], *lines[at + 1 :]]
            more = takewhile(lambda text: text.strip()[:1].isalnum(), rest[1:])
            return brief(" ".join([rest[0], *more]).strip(" *`"), IDEA)
    prose = " ".join(line.strip(" #*->`") for line in lines if " " in line.strip())
    return brief(" ".join(re.split(r"(?<=[.!?]) ", prose)[:SENTENCES]), IDEA)


def _prose(text: str) -> Iterator[str]:
    """Yield the lines of a text that stand outside of code fences and expect nothing."""
    fence = ""
    for line in text.splitlines():
        mark = line.lstrip()[:3]
        if fence:
            fence = "" if mark == fence else fence
        elif mark in ("```", "~~~"):
            fence = mark
            yield ""
        elif not LINE.match(line):
            yield line
        else:
            yield ""


def last_idea(log: str) -> str:
    """Return what the last line of a log that begins with "Idea:" says, "" for none."""
    found = [line[named.end() :] for line in log.splitlines() if (named := NAMED.match(line))]
    return brief(found[-1].strip(" *`"), IDEA) if found else ""
