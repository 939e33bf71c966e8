"""Choose among the places a hunk fits: by the function text after @@, then by a line number clearly
nearer to one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, starmap

import numpy as np
import numpy.typing as npt

from cladogen.errors import PatchRefused
from cladogen.patching.edits import LineKind
from cladogen.patching.place.compose import compose
from cladogen.patching.place.groups import ChangeGroup, PlacedHunk, groups
from cladogen.patching.place.match import Placement, Search, no_such_lines, weight
from cladogen.patching.place.style import Style

_WORD = re.compile(r"[^\W\d]\w*")
_COMMON = frozenset(
    [
        "def",
        "class",
        "fn",
        "func",
        "function",
        "pub",
        "static",
        "void",
        "int",
        "double",
        "float",
        "const",
        "self",
        "struct",
        "impl",
        "async",
        "public",
    ]
)


def place(search: Search, where: str, equals: int = 1, turn: int = 0) -> Placement:
    """Return the one place of the hunk; raises PatchRefused when there is none, or several and
    nothing decides.

    A diff with ``equals`` equal hunks for as many places means all of them, this hunk the one whose
    ``turn`` it is.
    """
    fits = _believable(search, where)
    fits = _different(search, fits, where) if len(fits) > 1 else fits
    if len(fits) == 1:
        _check_only(search, fits[0], where)
        return fits[0]
    meant = _meant(search, fits)
    if meant is not None:
        return meant
    if equals == len(fits):
        return sorted(fits, key=lambda one: one.first)[turn]
    raise PatchRefused(
        "ambiguous-context", f"{where}: it fits {_places(search, fits)}; {_why(search)}"
    )


def _believable(search: Search, where: str) -> list[Placement]:
    """Return the places where enough of the hunk is there; raises PatchRefused for none."""
    fits = [one for one in search.candidates() if _is_believable(search, one)]
    if not fits:
        raise no_such_lines(search, where)
    return fits


def _meant(search: Search, fits: list[Placement]) -> Placement | None:
    """Return the place that the text after @@ or a line number decides for, None when none does."""
    chosen = by_section(search, fits)
    if len(chosen) > 1:
        return by_number(search, chosen)
    return None if _contradicted(search, chosen[0], fits) else chosen[0]


def _check_only(search: Search, placement: Placement, where: str) -> None:
    """Raise PatchRefused where the only place of a hunk is no more than a guess."""
    line = _change(search, placement) + 1
    if _is_mere_signs(search, placement):
        raise PatchRefused(
            "ambiguous-context",
            f"{where}: signs only, and the place they nearly fit (line {line}) is not in the "
            "function it names; give more context",
        )
    if _leans_on_strays(search, placement):
        raise PatchRefused(
            "ambiguous-context",
            f"{where}: braces next to its change are indented otherwise than those near line "
            f"{line}; give more context",
        )


def _different(search: Search, fits: list[Placement], where: str) -> list[Placement]:
    """Return the fits that lead to different files, blank lines apart; of equal ones the
    cheapest.
    """
    solid = np.concatenate([[0], np.cumsum(search.text.blank != 1)])
    found: dict[object, Placement] = {}
    for one in fits:
        try:
            changes = groups(PlacedHunk(search, one, where), Style())
        except PatchRefused:
            if not found:  # the likeliest reading does not say where its lines go
                raise
            continue
        found.setdefault(tuple(_outline(search, group, solid) for group in changes), one)
    left = list(found.values())
    return left[:1] if _lead_to_one_file(search, left, where) else left


def _lead_to_one_file(search: Search, fits: list[Placement], where: str) -> bool:
    """Whether a few fits all lead to the same file, which is seen from its text."""
    return len(fits) <= 4 and len({_outcome(search, one, where) for one in fits}) == 1


def _outline(
    search: Search, group: ChangeGroup, solid: npt.NDArray[np.int64]
) -> tuple[tuple[int, ...], int, tuple[str, ...]]:
    """Return what a change does, blank lines apart; ``solid`` counts the others before a line."""
    gone = tuple(line for line in group.removed if search.text.blank[line] != 1)
    return gone, int(solid[group.line]), group.added


def _outcome(search: Search, placement: Placement, where: str) -> str:
    """Return the file that a placement leads to: to remove one of two equal lines is one thing."""
    return compose(search.text, groups(PlacedHunk(search, placement, where), Style()))


def _is_believable(search: Search, placement: Placement) -> bool:
    """Whether enough of the hunk is there: lines to remove vouch for the place, mere context must
    be better.
    """
    if placement.cost == 0:
        return True
    if any(starmap(_lost_quoted_blanks, _rows_and_lines(search, placement))):
        return False
    removes = any(row.kind == LineKind.REMOVED and row.text.strip() for row in search.old)
    return search.evidence(placement) >= (0.35 if removes else 0.5)


_QUOTED_BLANKS = re.compile(r"\s*[\"'][ \t]+")


def _rows_and_lines(search: Search, placement: Placement) -> Iterator[tuple[str, str]]:
    """Yield removed rows, each with the line of the file that it is found in."""
    for row, line in zip(search.old, placement.lines, strict=True):
        if line >= 0 and row.kind == LineKind.REMOVED:
            yield row.text, search.text.lines[line]


def _lost_quoted_blanks(row: str, line: str) -> bool:
    """Whether a row lacks the blanks that a quoted text of the file begins with, as the indentation
    of code in a notebook does: what comes would lack them, too.
    """
    quoted = re.match(r"\s*[\"']", row) is not None
    return quoted and bool(_QUOTED_BLANKS.match(line)) and not _QUOTED_BLANKS.match(row)


def _is_mere_signs(search: Search, placement: Placement) -> bool:
    """Whether a hunk of braces fits but nearly, outside of the function it names: that is
    chance.
    """
    worded = any(weight(row.text) == 1 for row in search.old)
    section = search.hunk.section.split("\n")[-1]
    return (
        not worded
        and placement.cost > 0
        and bool(section)
        and not _rank(search, placement, section)
    )


def _leans_on_strays(search: Search, placement: Placement) -> bool:
    """Whether signs next to the change were found at another indentation, while words around are
    where they were.

    A reply that drifted to the side drifted as a whole; what fits by its braces alone may be one
    block too far.
    """
    if placement.cost == 0:
        return False
    effect, strays, stays = search.effect(placement), False, False
    for row, line in _found_alike(search, placement):
        text = search.old[row].text
        moved = _is_moved(text, search.text.lines[line])
        strays |= moved and line in effect and _is_signs(text)
        stays |= not moved and weight(text) == 1
    return strays and stays


def _is_signs(text: str) -> bool:
    """Whether a line holds something, but no word."""
    return bool(text.strip()) and weight(text) != 1


def _found_alike(search: Search, placement: Placement) -> Iterator[tuple[int, int]]:
    """Yield rows with lines of the file that are the same but for their indentation."""
    for row, line in enumerate(placement.lines):
        if line >= 0 and search.rows.keys[row, 2] == search.text.keys[line, 2]:
            yield row, line


def _is_moved(here: str, there: str) -> bool:
    """Whether two lines are indented otherwise, by blanks."""
    return "\t" not in here + there and _depth(here) != _depth(there)


def by_section(search: Search, fits: list[Placement]) -> list[Placement]:
    """Return the fits that lie in what the text after @@ names, or all when it names none of
    them.
    """
    for section in filter(None, reversed(search.hunk.section.split("\n"))):
        ranks = [_rank(search, one, section) for one in fits]
        best = max(ranks, default=0)
        fits = [one for one, rank in zip(fits, ranks, strict=True) if rank == best]
    return fits


def _rank(search: Search, placement: Placement, section: str) -> int:
    chain = [_plain(search.text.lines[line]) for line in _enclosing(search, placement)]
    if _is_among(_plain(section), chain):
        return 2
    words = set(_WORD.findall(section)) - _COMMON
    names = set(_WORD.findall("\n".join(chain)))
    return 1 if words and words <= names else 0


def _is_among(wanted: str, chain: list[str]) -> bool:
    """Whether a line is one of several, or a cut one is how one of them begins."""
    if wanted in chain:
        return True
    return len(wanted) > 7 and any(line.startswith(wanted) for line in chain)


def _plain(line: str) -> str:
    return " ".join(line.split()).rstrip(" :{")


def _enclosing(search: Search, placement: Placement) -> list[int]:
    """Return the lines a place lies under: outer lines of its blocks, git's choice, the hunk's
    first rows.
    """
    lines, changed = search.text.lines, _change(search, placement)
    found = [line for line in placement.lines if 0 <= line <= changed]
    above = range(max(placement.first, 0) - 1, -1, -1)
    git = (number for number in above if re.match(r"[A-Za-z_$]", lines[number]))
    return [*found, *_outer(lines, changed), *islice(git, 1)]


def _outer(lines: Sequence[str], changed: int) -> Iterator[int]:
    """Yield the lines that open the blocks around one, the innermost first."""
    depth = _depth(lines[min(changed, len(lines) - 1)])
    for number in range(min(changed, len(lines)) - 1, -1, -1):
        if lines[number].strip() and _depth(lines[number]) < depth:
            yield number
            depth = _depth(lines[number])
            if depth == 0:
                return


def _change(search: Search, placement: Placement) -> int:
    """Return the file line where the hunk's first change is."""
    number = -1
    last = placement.first
    for row in search.hunk.rows:
        if row.kind == LineKind.ADDED:
            return last
        number += 1
        if placement.lines[number] >= 0:
            last = placement.lines[number]
        if row.kind == LineKind.REMOVED:
            return last
    return last


def _depth(line: str) -> int:
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())


def by_number(search: Search, fits: list[Placement]) -> Placement | None:
    """Return the fit that the header's line number is clearly nearer to than to any other."""
    if search.hunk.start is None:
        return None
    asked = max(search.hunk.start - 1, 0)
    ordered = sorted(fits, key=lambda one: abs(one.first - asked))
    nearest, second = (abs(one.first - asked) for one in ordered[:2])
    near_enough = nearest <= _most_off(search, ordered[0])
    return ordered[0] if near_enough and second >= 2 * nearest + 3 else None


def _most_off(search: Search, fit: Placement) -> int:
    """Return by how much a line number may be off. Context that drifted, or holds no words, is weak
    already; a number off as well would be a guess on a guess.
    """
    if not any(weight(row.text) == 1 for row in search.old):
        return 1
    return 3 if fit.cost >= 0.5 else 20


def _contradicted(search: Search, chosen: Placement, fits: list[Placement]) -> bool:
    """Whether the line number points straight at another fit."""
    if search.hunk.start is None:
        return False
    asked = search.hunk.start - 1
    straight = any(abs(one.first - asked) <= 1 for one in fits)
    return straight and abs(chosen.first - asked) > 8


def _places(search: Search, fits: list[Placement]) -> str:
    lines = sorted({_change(search, one) + 1 for one in fits})
    shown = ", ".join(f"line {line}" for line in lines[:5])
    return f"{len(fits)} places ({shown}{', ...' if len(lines) > 5 else ''})"


def _why(search: Search) -> str:
    if search.hunk.section or search.hunk.start is not None:
        return "neither the text after @@ nor the line number decides; give more context"
    return "there is no line number and no function name after @@; give more context"
