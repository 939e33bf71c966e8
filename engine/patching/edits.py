"""What a reply proposes, as values: rows make hunks, hunks make file edits, file edits make
alternatives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import chain, groupby
from operator import attrgetter

from cladogen.patching.difference import opcodes
from cladogen.patching.read.stance import NOTHING, Stance


class LineKind(IntEnum):
    """What a row of a hunk is."""

    CONTEXT = 0  # says where; may drift, never changes the file
    REMOVED = 1  # must be found, goes
    ADDED = 2  # comes
    KEPT = 3  # removed and added again alike: must be found, stays
    ELIDED = 4  # "...": any unchanged code


@dataclass(frozen=True, slots=True)
class HunkLine:
    """One line of a hunk. ``bare``: it had no sign in front; ``open_end``: "No newline at end of
    file" followed.
    """

    kind: LineKind
    text: str
    bare: bool = False
    open_end: bool = False

    @property
    def changes(self) -> bool:
        """Whether the line goes or comes."""
        return self.kind in (LineKind.ADDED, LineKind.REMOVED)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Rows in order; ``start`` is the line number the header claims, ``section`` the text after its
    @@. ``at_end``: it says that it reaches the end of the file; ``solid``: nothing may stand
    between its old rows.
    """

    rows: tuple[HunkLine, ...]
    start: int | None = None
    section: str = ""
    exact_counts: bool = False
    at_end: bool = False
    solid: bool = False

    @property
    def old(self) -> tuple[HunkLine, ...]:
        return tuple(row for row in self.rows if row.kind != LineKind.ADDED)

    @property
    def added(self) -> tuple[HunkLine, ...]:
        return tuple(_of_kind(LineKind.ADDED, self.rows))

    @property
    def new(self) -> tuple[HunkLine, ...]:
        """The rows that are there afterwards."""
        return tuple(row for row in self.rows if row.kind != LineKind.REMOVED)

    @property
    def changes(self) -> bool:
        return any(row.changes for row in self.rows)

    @property
    def elides(self) -> bool:
        """Whether it leaves out code that stays."""
        return any(row.kind == LineKind.ELIDED for row in self.rows)


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What a reply does to one file. Names are as written; "" is not given, /dev/null reads as
    ``created`` or ``deleted``. ``whole`` is a complete new text, ``mode`` an octal mode, ``hint`` a
    name found in the prose before, ``language`` a fence's word for what it holds.
    """

    old: str = ""
    new: str = ""
    hunks: tuple[Hunk, ...] = ()
    whole: str | None = None
    created: bool = False
    deleted: bool = False
    renamed: bool = False
    copied: bool = False
    binary: bool = False
    search: bool = False
    mode: str = ""
    hint: str = ""
    language: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it is a mere header."""
        return not (self._is_of_the_file or self.hunks or self.whole is not None)

    @property
    def _is_of_the_file(self) -> bool:
        """Whether it says something of the file itself, beside its text."""
        kinds = (self.created, self.deleted, self.renamed, self.copied, self.binary)
        return any(kinds) or bool(self.mode)

    @property
    def name(self) -> str:
        return self.new or self.old or self.hint

    @property
    def rows(self) -> Iterator[HunkLine]:
        """The rows of all hunks."""
        return chain.from_iterable(hunk.rows for hunk in self.hunks)

    @property
    def changes(self) -> bool:
        """Whether any hunk changes a line."""
        return any(row.changes for row in self.rows)

    def with_hint(self, hint: str) -> FileEdit:
        """Return the edit with a file that the prose names, unless it names one itself."""
        return self if self.old or self.new else replace(self, hint=hint)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Edits that belong together (one fence, one run of blocks), with what is said of them."""

    edits: tuple[FileEdit, ...]
    stance: Stance = NOTHING


def settle(rows: tuple[HunkLine, ...]) -> tuple[HunkLine, ...]:
    """Turn lines that a change removes and adds again alike into KEPT rows, so that the file keeps
    its own form.
    """
    runs = (list(run) for _, run in groupby(rows, key=attrgetter("changes")))
    return tuple(row for run in runs for row in _settle_run(run))


def _settle_run(run: list[HunkLine]) -> list[HunkLine]:
    removed, added = (_of_kind(kind, run) for kind in (LineKind.REMOVED, LineKind.ADDED))
    if _texts(removed).isdisjoint(_texts(added)):
        return run
    return compare(removed, added, LineKind.KEPT)


def _of_kind(kind: LineKind, rows: Iterable[HunkLine]) -> list[HunkLine]:
    return [row for row in rows if row.kind == kind]


def _texts(rows: list[HunkLine]) -> set[str]:
    return {row.text for row in rows}


def compare(removed: list[HunkLine], added: list[HunkLine], same: LineKind) -> list[HunkLine]:
    """Return rows that turn ``removed`` into ``added``; rows alike on both sides become
    ``same``.
    """
    rows: list[HunkLine] = []
    for tag, i, i_end, j, j_end in opcodes(_forms(removed), _forms(added)):
        if tag == "equal":
            rows += _as_kind(same, removed[i:i_end])
        else:
            rows += _as_kind(LineKind.REMOVED, removed[i:i_end])
            rows += _as_kind(LineKind.ADDED, added[j:j_end])
    return rows


def _as_kind(kind: LineKind, rows: list[HunkLine]) -> list[HunkLine]:
    return [replace(row, kind=kind) for row in rows]


def _forms(rows: list[HunkLine]) -> list[tuple[str, bool]]:
    return [(row.text, row.open_end) for row in rows]
