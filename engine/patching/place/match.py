"""Find the place of a hunk in a file.

The old side of the hunk (context and removed lines) is aligned with the file. Removed lines must be
found, allowing only another representation (blanks, typographic signs); context may drift at a
price. The cheapest placements are candidates; if there is more than one, the function text after @@
and a clearly nearer line number decide, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cladogen.errors import PatchRefused
from cladogen.kernels.alignment import Costs, Lines, Rows, align, likeness, line_keys
from cladogen.patching.edits import Hunk, HunkLine, LineKind
from cladogen.patching.place.text import Text, encoded
from cladogen.patching.place.trace import Tracer

COSTS = Costs()
_STRICT = (LineKind.REMOVED, LineKind.KEPT)
_LARGEST = 10_000_000  # rows times lines
_REMARK = re.compile(r"#|//|/\*|\*|--|;|%|<!--|\"\"\"|'''")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where each old row of a hunk lies: a line of the file, or -1. ``cost`` 0 is an exact fit."""

    lines: tuple[int, ...]
    cost: float

    @property
    def first(self) -> int:
        """The line where the first old row lies, or would."""
        return next((line - row for row, line in enumerate(self.lines) if line >= 0), 0)

    @property
    def last(self) -> int:
        return max(self.lines, default=0)


@dataclass(frozen=True, slots=True)
class Coming:
    """The lines that hunks add beside one that adds ``own``."""

    coming: Mapping[str, int]
    own: Mapping[str, int]

    def __contains__(self, line: object) -> bool:
        return isinstance(line, str) and self.coming.get(line, 0) > self.own.get(line, 0)


@dataclass(frozen=True)
class Search:
    """One hunk against one file."""

    hunk: Hunk
    text: Text
    coming: Container[str] = ()  # lines that other hunks add: context that is not there yet

    @cached_property
    def old(self) -> tuple[HunkLine, ...]:
        return self.hunk.old

    @cached_property
    def rows(self) -> Rows:
        """The old side in the form that the kernel reads."""
        keys = line_keys(encoded([row.text for row in self.old]))
        times = [int((self.text.keys[:, 2] == key).sum()) for key in keys[:, 2]]
        unknown = list(map(self._is_unknown, self.old, times))
        numbers = np.cumsum(unknown, dtype=np.int32) - 1
        return Rows(
            keys,
            np.array(list(map(self._substitute, self.old)), dtype=np.float32),
            np.array(list(map(self._skip, self.old, times)), dtype=np.float32),
            np.array([weight(row.text) for row in self.old], dtype=np.float32),
            np.array([row.kind == LineKind.ELIDED for row in self.old], dtype=np.uint8),
            np.array(self._may_skip(), dtype=np.uint8),
            np.where(unknown, numbers, -1).astype(np.int32),
        )

    def _is_unknown(self, row: HunkLine, times: int) -> bool:
        """Whether a row is context that the file has nowhere."""
        if row.kind != LineKind.CONTEXT or not row.text.strip():
            return False
        return not times and bool(self.text.lines)

    def has_line(self, text: str) -> bool:
        """Whether the file has a line that is this one but for blanks."""
        return bool((self.text.keys[:, 2] == line_keys(encoded([text]))[0, 2]).any())

    @cached_property
    def lines(self) -> Lines:
        chosen = [
            row.text for row, known in zip(self.old, self.rows.likeness, strict=True) if known >= 0
        ]
        if chosen:
            like = likeness(encoded(chosen), self.text.data)
        else:
            like = np.zeros((0, len(self.text.lines)), dtype=np.float32)
        return Lines(self.text.keys, self.text.blank, like)

    def _substitute(self, row: HunkLine) -> float:
        drifts = row.kind == LineKind.CONTEXT and bool(row.text.strip())
        return weight(row.text) + 0.2 if drifts and not self.hunk.solid else np.inf

    def _skip(self, row: HunkLine, times: int) -> float:
        if row.kind == LineKind.ELIDED or _is_strict(row):
            return np.inf
        if row.kind in _STRICT:
            return 0.3
        return self._skip_context(row, times) if row.text.strip() else 0.03

    def _skip_context(self, row: HunkLine, times: int) -> float:
        if row.text.strip() in self.coming:
            return 0.1
        if self.hunk.solid and times:
            return np.inf
        # A line that stands in the file just once must be there: it is no slip of the pen.
        return (2.0 if times == 1 else 0.9) * weight(row.text)

    def _may_skip(self) -> list[bool]:
        """After which old rows may other lines stand? Not between removed ones, and nowhere in a
        SEARCH block.
        """
        strict = [row.kind in _STRICT for row in self.old]
        following = [*strict[1:], False]
        return [
            not (self.hunk.solid or (here and after))
            for here, after in zip(strict, following, strict=True)
        ]

    # -- candidates

    def candidates(self) -> list[Placement]:
        """Return the placements that are as good as the best, one for each different effect;
        cheapest first.
        """
        exact = self._exact()
        if exact:
            return exact
        if self._is_hopeless():
            return []
        tracer = Tracer(self.rows, self.lines, COSTS, *align(self.rows, self.lines, COSTS))
        best = float(tracer.before[-1].min())
        if not np.isfinite(best):
            return []
        found: dict[tuple[int, ...], Placement] = {}
        for placement in self._placements(tracer, best + 0.015 + min(0.5 * best, 1.0)):
            effect = self.effect(placement)
            if placement.cost < found.setdefault(effect, placement).cost:
                found[effect] = placement
        return sorted(found.values(), key=lambda one: one.cost)

    def _placements(self, tracer: Tracer, limit: float) -> Iterator[Placement]:
        """Yield the placements that cost no more than ``limit``."""
        for row in self._telling_rows():
            totals = tracer.totals(row)
            for line in np.flatnonzero(totals <= limit).tolist():
                yield Placement(tracer.through(row, line), float(totals[line]))

    def _is_hopeless(self) -> bool:
        """Whether there is nothing to align, a removed line is nowhere in the file, or the tables
        would be beyond measure.
        """
        if not self.old or not self.text.lines:
            return True
        strict = np.array(list(map(_is_strict, self.old)))
        found = np.isin(self.rows.keys[:, 2], self.text.keys[:, 2])
        return bool((strict & ~found).any()) or len(self.old) * len(self.text.lines) > _LARGEST

    def _exact(self) -> list[Placement]:
        count, total = len(self.old), len(self.text.lines)
        if not count or count > total or self.hunk.elides:
            return []
        keys, wanted = self.text.keys[:, 0], self.rows.keys[:, 0]
        starts = np.flatnonzero(keys[: total - count + 1] == wanted[0])
        for row in range(1, count):
            starts = starts[keys[starts + row] == wanted[row]]
        return [Placement(tuple(range(int(start), int(start) + count)), 0.0) for start in starts]

    def _telling_rows(self) -> list[int]:
        """Return rows whose lines fix what the hunk does: the removed ones, and those next to added
        ones.
        """
        telling = self._rows_of_changes()
        shown = [at for at, row in enumerate(self.old) if row.kind != LineKind.ELIDED]
        return [at for at in shown if at in telling] or shown

    def _rows_of_changes(self) -> set[int]:
        telling: set[int] = set()
        number = -1
        near = False
        for row in self.hunk.rows:
            if row.kind == LineKind.ADDED:
                telling.add(number)
                near = True
                continue
            number += 1
            if near or row.kind == LineKind.REMOVED:
                telling.add(number)
            near = False
        return telling

    def effect(self, placement: Placement) -> tuple[int, ...]:
        """Return what tells two placements apart: the lines of the rows that matter, the rest
        folded away.
        """
        shown = []
        number = -1
        for position, row in enumerate(self.hunk.rows):
            if row.kind == LineKind.ADDED:
                continue
            number += 1
            if row.kind == LineKind.REMOVED or self._is_beside_added(position):
                shown.append(placement.lines[number])
        return tuple(shown)

    def _is_beside_added(self, position: int) -> bool:
        rows = self.hunk.rows
        beside = (*rows[max(0, position - 1) : position], *rows[position + 1 : position + 2])
        return any(row.kind == LineKind.ADDED for row in beside)

    # -- evidence

    def closeness(self, row: int, line: int) -> float:
        """Return 1 for a line that says the same, its likeness for a similar one, 0 for none."""
        if line < 0:
            return 0.0
        if (self.rows.keys[row, :3] == self.text.keys[line, :3]).any():
            return 1.0
        known = self.rows.likeness[row]
        like = float(self.lines.like[known, line]) if known >= 0 else 0.0
        return like if like >= COSTS.least_like else 0.0

    def counts(self, row: int) -> bool:
        """Whether a context row must be in the file to say anything: not if blank, or if another
        hunk adds it.
        """
        text = self.old[row].text.strip()
        return bool(text) and text not in self.coming

    def resembles(self, row: int, line: int, remarks: bool = True) -> bool:
        """Whether a context row can be a wording of a line: somewhat alike, or both are
        ``remarks``.
        """
        if self.closeness(row, line) > 0:
            return True
        sides = [self.old[row].text.strip(), self.text.lines[line].strip()]
        if remarks and all(map(_REMARK.match, sides)):
            return True
        return float(likeness(*(encoded([side]) for side in sides))[0, 0]) >= 0.45

    def evidence(self, placement: Placement) -> float:
        """Return which part of what the old rows say is there."""
        total = found = 0.0
        for number, row in enumerate(self.old):
            if self._tells(row):
                worth = weight(row.text)
                total += worth
                found += worth * self.closeness(number, placement.lines[number])
        return found / total if total else 1.0

    def _tells(self, row: HunkLine) -> bool:
        """Whether a row says what is there: not what is left out, nor what another hunk adds."""
        if row.kind == LineKind.ELIDED:
            return False
        return row.kind != LineKind.CONTEXT or row.text.strip() not in self.coming


def _is_strict(row: HunkLine) -> bool:
    """Whether a row that is not blank must be found."""
    return row.kind in _STRICT and bool(row.text.strip())


def weight(text: str) -> float:
    """Return how much a line says about where it is: little when blank, some when only signs."""
    if not text.strip():
        return 0.1
    return 1.0 if any(sign.isalnum() for sign in text) else 0.3


def no_such_lines(search: Search, where: str) -> PatchRefused:
    """Return the refusal of a hunk that fits nowhere, with the closest text of the file."""
    solid = [row for row in search.old if row.text.strip()]
    strict = list(filter(_is_strict, solid))
    missing = [row for row in strict if not search.has_line(row.text)]
    asked = [*missing, *strict, *solid]
    if not asked or not search.text.lines:
        return PatchRefused("removed-lines-not-found", f"{where}: nothing says where its lines go")
    return PatchRefused(
        "removed-lines-not-found",
        f"{where}: {_what_fails(strict, missing)}; {_closest(asked[0], search.text)}",
    )


def _closest(row: HunkLine, text: Text) -> str:
    """Say which line of a file is the most like a row."""
    closest = int(likeness(encoded([row.text]), text.data)[0].argmax())
    return f'closest is line {closest + 1}: "{text.lines[closest].strip()}"'


def _what_fails(strict: list[HunkLine], missing: list[HunkLine]) -> str:
    if missing:
        return f'no such line: "{missing[0].text.strip()}"'
    return (
        "its lines do not stand together in the file"
        if strict
        else "its context is not in the file"
    )
