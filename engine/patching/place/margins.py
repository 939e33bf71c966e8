"""Blocks that lost a part of their indentation on the way: the first line of a side that was
stripped, a replacement without the margin that the replaced lines have, or one that has the file's
margin while the replaced lines have none.

A block whose sides moved together needs none of this: its shift shows in its old rows
(`place.style`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import gcd

from cladogen.patching.edits import Hunk, HunkLine, LineKind, compare
from cladogen.patching.place.text import Text
from cladogen.source.python import python_tree

_OPENS = tuple(":{([,\\")


def in_margin(hunk: Hunk, text: Text, path: str) -> Hunk:
    """Return a SEARCH block with both sides indented as the file is, or as it came where that is
    not to be told.
    """
    if not hunk.solid or hunk.elides:
        return hunk
    sides = _Sides(hunk, text, path)
    put = sides.indented() if sides.at >= 0 else None
    if put is None:
        return hunk
    rows = compare(_as_context(sides.there), _as_context(put), LineKind.CONTEXT)
    return replace(hunk, rows=tuple(rows))


def _as_context(lines: Sequence[str]) -> list[HunkLine]:
    return [HunkLine(LineKind.CONTEXT, line) for line in lines]


class _Sides:
    """The two sides of a block, and the lines of the file that it replaces: ``there`` from line
    ``at`` on, -1 where they stand nowhere or in several forms.
    """

    def __init__(self, hunk: Hunk, text: Text, path: str) -> None:
        self.text, self.is_python = text, path.endswith(".py")
        search = [row.text for row in hunk.old]
        put = [row.text for row in hunk.new]
        self.at = _found(search, text)
        self.there = list(text.lines[self.at : self.at + len(search)]) if self.at >= 0 else []
        self.search, self.put = search, put
        if self.there:
            self.search, self.put = _tabbed(search, put, self.there)

    def indented(self) -> list[str] | None:
        """Return the replacement as the file would have it; None: there is nothing to mend."""
        if not any(map(str.strip, self.there)) or not any(map(str.strip, self.put)):
            return None
        file, searched, put = (
            _indent(_first(side)) for side in (self.there, self.search, self.put)
        )
        lines = self._mended(file, searched, put)
        return lines if lines is None or self._is_read(lines) else None

    def _mended(self, file: str, searched: str, put: str) -> list[str] | None:
        """Return the replacement indented as it must have been, by the margins of the file, of what
        is searched and of what is put.
        """
        if searched == file:
            return self._dedented(file, put)
        if put == file:
            return self.put
        return self._margin(file, searched) if put == searched else None

    def _dedented(self, file: str, put: str) -> list[str] | None:
        """Return a replacement that lost the margin of the lines it replaces, with it."""
        if not file.startswith(put) or file == put:
            return None
        if not set(_solid(self.put)).isdisjoint(self.search):  # a line that stays has its margin
            return None
        lost = file[len(put) :]
        if not self.is_python:
            return None if put else self._under(file, lost)
        return None if self._is_read(self.put) else _all_more(self.put, lost)

    def _under(self, margin: str, lost: str) -> list[str] | None:
        """Return a replacement without any margin under that of the lines it replaces, but for
        directives of a preprocessor.
        """
        if not self._lies_under(margin) or _first(self.put)[0] in "#})]":
            return None
        return [line if line.startswith("#") else _more(line, lost) for line in self.put]

    def _lies_under(self, margin: str) -> bool:
        """Whether every line that is searched has a margin."""
        return all(_indent(line).startswith(margin) for line in _solid(self.search))

    def _margin(self, file: str, searched: str) -> list[str] | None:
        """Return a replacement that lost the margin which the replaced lines lost, with it: the
        first line alone, or every line.
        """
        if not file.startswith(searched):
            return None
        lost = file.removeprefix(searched)
        rest, known = _solid(self.search)[1:], _solid(self.there)[1:]
        if _all_more(rest, lost) == known:
            deep = not searched and not rest and self._rest_is_deep(file)
            return self._first_moved(file) if deep else _all_more(self.put, lost)
        alike = list(map(_indent, rest)) == list(map(_indent, known))
        return self._first_moved(file) if alike else None

    def _first_moved(self, margin: str) -> list[str]:
        """Return the replacement with its first line under a margin."""
        at = next(at for at, line in enumerate(self.put) if line.strip())
        return [*self.put[:at], margin + self.put[at].lstrip(), *self.put[at + 1 :]]

    def _rest_is_deep(self, file: str) -> bool:
        """Whether all but the first line of a replacement are as deep as the file is there."""
        first, *rest = _solid(self.put)
        depths = [len(_indent(line)) for line in rest]
        if not depths or min(depths) < len(file):
            return False
        return depths[0] > len(file) or not first.rstrip().endswith(_OPENS)

    def _is_read(self, put: Sequence[str]) -> bool:
        """Whether a file of Python that can be read can be read with a replacement, too."""
        if not (self.is_python and self._could_be_read):
            return True
        lines = self.text.lines
        return _reads((*lines[: self.at], *put, *lines[self.at + len(self.there) :]))

    @cached_property
    def _could_be_read(self) -> bool:
        return _reads(self.text.lines)


def _found(search: Sequence[str], text: Text) -> int:
    """Return the line of a file at which lines stand, their indentation apart; -1: nowhere, or in
    several forms.
    """
    if not search:
        return -1
    wanted = [line.strip() for line in search]
    count = len(wanted)
    spots = [at for at in text.spots.get(wanted[0], ()) if _stands_at(at, wanted, text)]
    forms = {text.lines[at : at + count] for at in spots}
    return spots[0] if len(forms) == 1 else -1


def _stands_at(at: int, wanted: list[str], text: Text) -> bool:
    return [line.strip() for line in text.lines[at : at + len(wanted)]] == wanted


def _tabbed(search: list[str], put: list[str], there: list[str]) -> tuple[list[str], list[str]]:
    """Return both sides with tabs where the file has tabs only and they have blanks only."""
    here, file = _indents([*search, *put]), _indents(there)
    if not (_are_all(file, "\t") and _are_all(here, " ")):
        return search, put
    pairs = {
        (len(_indent(line)), len(_indent(known)))
        for line, known in zip(search, there, strict=True)
        if line.strip()
    }
    step = _blanks_of_a_tab(sorted(pairs), gcd(*map(len, here)))
    wide = re.compile(f" {{{step}}}")
    return _with_tabs(search, wide), _with_tabs(put, wide)


def _are_all(indents: set[str], sign: str) -> bool:
    """Whether there are indentations, and all are of one sign only."""
    return bool(indents) and not "".join(indents).strip(sign)


def _indents(lines: Sequence[str]) -> set[str]:
    return set(map(_indent, _solid(lines))) - {""}


def _with_tabs(lines: list[str], blanks: re.Pattern[str]) -> list[str]:
    return [blanks.sub("\t", _indent(line)) + line.lstrip() for line in lines]


def _blanks_of_a_tab(pairs: list[tuple[int, int]], widest: int) -> int:
    """Return how many blanks stand for a tab: of lines as (blanks, tabs), which may have moved
    together, or have lost the margin of the first; ``widest`` divides all blanks.
    """
    step = _step_of_all(pairs) or _step_of_most(pairs)
    if step:
        return step
    depth = pairs[0][1]
    apart = widest > 4 and depth > 0 and widest % depth == 0
    return widest // depth if apart else widest


def _step_of_all(pairs: list[tuple[int, int]]) -> int:
    """Return the blanks for a tab with which all lines moved by as much, 0 for none."""
    for step in (4, 2, 3, 8):
        if len({blanks - step * tabs for blanks, tabs in pairs}) == 1 < len(pairs):
            return step
    return 0


def _step_of_most(pairs: list[tuple[int, int]]) -> int:
    """Return the blanks for a tab with which the most lines stand as they are, 0 where none do."""
    fits = {step: sum(blanks == step * tabs > 0 for blanks, tabs in pairs) for step in (4, 2, 8, 3)}
    best = max(fits, key=lambda step: fits[step])
    return best if fits[best] else 0


def _reads(lines: Sequence[str]) -> bool:
    try:
        python_tree("\n".join(lines) + "\n")
    except SyntaxError:
        return False
    return True


def _solid(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.strip()]


def _first(lines: Sequence[str]) -> str:
    return _solid(lines)[0]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _more(line: str, lost: str) -> str:
    return lost + line if line.strip() else line


def _all_more(lines: Sequence[str], lost: str) -> list[str]:
    return [_more(line, lost) for line in lines]
