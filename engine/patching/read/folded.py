"""Folded parts of a reply, ``<details>``, whose summary says that what they hold is not in use, or
stands beside the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from cladogen.patching.phrases.showing import BESIDE, CHANGED, OLDER, UNUSED

_TAG = re.compile(r"<(/?)details\b[^>]*>(?:\s*<summary[^>]*>(.{0,300}?)</summary>)?", re.I | re.S)


class Fold(IntEnum):
    """What the summary of the parts around an edit says of it."""

    NONE = 0
    BESIDE = 1  # it is older than another edit, or beside it
    UNUSED = 2  # it is not to be made


def folds(gaps: Sequence[Sequence[str]]) -> list[Fold]:
    """Return what is said of each edit; ``gaps`` are the lines of prose around the edits, one gap
    more.
    """
    found: list[Fold] = []
    around: list[Fold] = []
    for lines in gaps:
        for closes, summary in _TAG.findall("\n".join(lines)):
            around = around[:-1] if closes else [*around, _said(summary)]
        found.append(max(around, default=Fold.NONE))
    return found[:-1] if not around else _next_only(found[:-1])


def _next_only(found: list[Fold]) -> list[Fold]:
    """Return what is said by a part that is never closed of the first edit in it alone."""
    first = next((at for at, fold in enumerate(found) if fold), 0)
    return [fold if at == first else Fold.NONE for at, fold in enumerate(found)]


def _said(summary: str) -> Fold:
    if UNUSED.search(summary):
        return Fold.UNUSED
    beside = OLDER.search(summary) or (BESIDE.search(summary) and not CHANGED.search(summary))
    return Fold.BESIDE if beside else Fold.NONE
