"""Credit by hunk: which part of what a change gained belongs to which of its hunks.

The gain of a change is known only as a whole. Its siblings, changes of the same parent, may share
hunks with it; where they do, their gains tell more. Credits are the least squares that explain the
gains of all siblings, drawn to an even share where nothing tells the hunks of a change apart, and
they add up to the gain of the change that was asked about. (Step-wise credit among the siblings of
a tree, as in Agent-R, arXiv:2501.11425, and R-MCTS, arXiv:2410.02052, with hunks for steps.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cladogen.patching.hunks import HunkSpan

RIDGE = 1e-3  # how strongly credits are drawn to an even share, against one sibling's gain


@dataclass(frozen=True, slots=True)
class ChildHunks:
    """A child's hunks over its parent, and what it gained in fitness; None where it has none."""

    hunks: Sequence[HunkSpan]
    gain: float | None


def credit_by_hunk(
    about: ChildHunks, siblings: Sequence[ChildHunks] = ()
) -> Mapping[HunkSpan, float | None]:
    """Return the credit of each hunk of a change, in fitness; None where the change has no gain."""
    if about.gain is None:
        return dict.fromkeys(about.hunks)
    if not about.hunks:
        return {}
    mine = {hunk.change: at for at, hunk in enumerate(about.hunks)}
    known = [about, *(each for each in siblings if _tells(each, mine))]
    solved = _solved(known)
    found = np.array([solved[hunk.change] for hunk in about.hunks])
    found += (about.gain - found.sum()) / len(found)
    return dict(zip(about.hunks, found.tolist(), strict=True))


def _tells(sibling: ChildHunks, mine: Mapping[Any, int]) -> bool:
    """Tell whether a sibling has a gain, and a hunk of those that are asked about."""
    return sibling.gain is not None and any(hunk.change in mine for hunk in sibling.hunks)


def _solved(known: Sequence[ChildHunks]) -> dict[Any, float]:
    """Return the ridge solution for every hunk of these changes, around even shares."""
    names = list(dict.fromkeys(hunk.change for change in known for hunk in change.hunks))
    column = {name: at for at, name in enumerate(names)}
    holds = np.zeros((len(known), len(names)))
    for row, change in enumerate(known):
        holds[row, [column[hunk.change] for hunk in change.hunks]] = 1.0
    gains = np.array([change.gain for change in known], dtype=float)
    shares = gains / holds.sum(axis=1)
    even = (holds * shares[:, None]).sum(axis=0) / holds.sum(axis=0)
    square = holds.T @ holds + RIDGE * np.eye(len(names))
    offset = np.linalg.solve(square, holds.T @ (gains - holds @ even))
    return dict(zip(names, (even + offset).tolist(), strict=True))
