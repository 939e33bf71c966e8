"""Splice: crossover by hunks of a file in any language.

The hunks that lead from this file to the donor's are drawn one by one (a hunk that replaces as many
lines as it has, line by line), and those drawn are carried out: a child has each change from one of
its two parents, as siblings' lines are spliced in Agent-R (arXiv:2501.11425). Where the two have
little in common a hunk is a large one, and the child near to one of them.
"""

from __future__ import annotations

import numpy as np

from cladogen.patching.evolve_blocks import open_lines
from cladogen.patching.hunks import HunkSpan, hunks_of, spliced
from cladogen.proposers.syntax.pick import NothingToDo, pick


def splice(text: str, donor: str | None, rng: np.random.Generator) -> str:
    """Take some of the hunks of the donor, not all: one alone, or each by a throw of a coin."""
    if donor is None:
        raise NothingToDo
    lines, gift = text.splitlines(keepends=True), donor.splitlines(keepends=True)
    parts = [part for hunk in hunks_of("", lines, gift) for part in _parts(hunk)]
    found = [hunk for hunk in parts if _may_change(hunk, text)]
    if len(found) < 2:  # all of the donor, or nothing of it
        raise NothingToDo
    return spliced(lines, _drawn(found, rng))


def _drawn(found: list[HunkSpan], rng: np.random.Generator) -> list[HunkSpan]:
    """Return some hunks, at least one of them and not all."""
    if rng.random() < 0.5:
        return [pick(found, rng)]
    drawn = [hunk for hunk in found if rng.random() < 0.5]
    return drawn if 0 < len(drawn) < len(found) else [pick(found, rng)]


def _parts(hunk: HunkSpan) -> list[HunkSpan]:
    """Return a hunk line by line where it replaces as many lines as it has."""
    if len(hunk.old) != len(hunk.new):
        return [hunk]
    return [
        HunkSpan(hunk.path, hunk.start + at, hunk.start + at + 1, hunk.there + at, (old,), (new,))
        for at, (old, new) in enumerate(zip(hunk.old, hunk.new, strict=True))
        if old != new
    ]


def _may_change(hunk: HunkSpan, text: str) -> bool:
    """Tell whether a hunk lies where a file with EVOLVE-BLOCK markers may change."""
    allowed = open_lines(text)
    if allowed is None:
        return True
    touched = range(hunk.start + 1, hunk.end + 1) or (hunk.start, hunk.start + 1)
    return all(line in allowed for line in touched)
