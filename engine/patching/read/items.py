"""The edits of a reply in a row, each with the prose above it and what that says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from cladogen.patching.read.folded import Fold, folds
from cladogen.patching.read.leaving import words_of
from cladogen.patching.read.lines import last_solid
from cladogen.patching.read.regions import Region
from cladogen.patching.read.stance import NOTHING, Stance, stances


@dataclass(frozen=True, slots=True)
class Item:
    """A fence, or edits without one; ``above`` is the prose since the one before."""

    region: Region
    above: tuple[str, ...] = ()
    stance: Stance = NOTHING

    @property
    def before(self) -> tuple[str, ...]:
        """The last lines above that are not blank."""
        return tuple(filter(str.strip, self.above))[-4:]

    @property
    def label(self) -> str:
        """The last line above that is not blank, "" for none."""
        return last_solid(self.above)


def items(found: Sequence[Region]) -> list[Item]:
    """Return the regions that may be edits, in order."""
    row, gaps = _parted(found)
    said = stances(gaps, [words_of(_shown(region)) for region in row])
    around = folds(gaps)
    return [
        Item(region, tuple(gaps[at]), _around(said[at], region.quoted, around[at]))
        for at, region in enumerate(row)
    ]


def _parted(found: Sequence[Region]) -> tuple[list[Region], list[list[str]]]:
    """Return the regions that may be edits, and the lines of prose around them, one gap more."""
    gaps: list[list[str]] = [[]]
    row: list[Region] = []
    for region in found:
        if region.fenced or region.edits:
            row.append(region)
            gaps.append([])
        else:
            gaps[-1] += region.lines
    return row, gaps


def _around(stance: Stance, quoted: bool, fold: Fold) -> Stance:
    """Return a stance with what a quotation or a folded part around the edit says of it."""
    if not (quoted or fold):
        return stance
    return replace(
        stance,
        beside=quoted or fold is Fold.BESIDE,
        reference=stance.reference or fold is Fold.UNUSED,
    )


def _shown(region: Region) -> Sequence[str]:
    """Return the lines of code that a region shows."""
    hunks = chain.from_iterable(edit.hunks for edit in region.edits)
    rows = chain.from_iterable(hunk.rows for hunk in hunks)
    return [*region.lines, *(row.text for row in rows)]
