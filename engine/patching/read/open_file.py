"""The file of a diff whose lines are being read, and what its hunks become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from cladogen.patching.edits import FileEdit, Hunk, HunkLine, LineKind, settle
from cladogen.patching.read.headers import HunkHeader
from cladogen.patching.read.lines import solid_span


@dataclass(slots=True)
class OpenFile:
    """The file edit being read."""

    edit: FileEdit = field(default_factory=FileEdit)
    hunks: list[Hunk] = field(default_factory=list)
    header: HunkHeader | None = None
    sections: list[str] = field(default_factory=list)
    rows: list[HunkLine] | None = None
    named: bool = False
    whole: bool = False  # under "*** Add File" every line is an added one

    def done(self) -> bool:
        return bool(self.hunks or self.rows is not None)

    def promised(self) -> tuple[int, int] | None:
        """Return the lengths that the hunk's header gives, None where it does not give both."""
        return self.header.counts if self.header else None

    def close_hunk(self, at_end: bool = False) -> None:
        """Take the rows that were read as a hunk."""
        if self.rows is None:
            return
        if sizes(self.rows) != self.promised():
            _drop_bare_end(self.rows)
        if self.rows:
            self.hunks.append(self._hunk(self.rows, at_end))
        self.rows, self.header, self.sections = None, None, []

    def _hunk(self, rows: list[HunkLine], at_end: bool) -> Hunk:
        start = self.header.start if self.header else None
        exact = start is not None and sizes(rows) == self.promised()
        return Hunk(settle(tuple(rows)), start, "\n".join(self.sections), exact, at_end)

    def complete(self) -> FileEdit:
        """Return the edit with its hunks; those of a new file are its text."""
        if self.edit.created and self.whole:
            text = "".join(line + "\n" for line in _lines_of_whole(self.hunks))
            return replace(self.edit, whole=text, hunks=())
        return replace(self.edit, hunks=tuple(self.hunks))


def _lines_of_whole(hunks: Sequence[Hunk]) -> list[str]:
    """Return the lines of a file that is added: without signs, blank ones between them, too."""
    rows = list(chain.from_iterable(hunk.rows for hunk in hunks))
    added = list(chain.from_iterable(hunk.added for hunk in hunks))
    if not any(row.bare for row in added):
        return _texts(added)
    texts = _texts(rows)
    return texts[: solid_span(texts).stop]


def _texts(rows: Sequence[HunkLine]) -> list[str]:
    return [row.text for row in rows]


def _drop_bare_end(rows: list[HunkLine]) -> None:
    """Take blank lines without a sign off the end of a hunk."""
    while rows and rows[-1].bare and not rows[-1].text:
        rows.pop()


def sizes(rows: list[HunkLine]) -> tuple[int, int]:
    """Return how many lines of the old and of the new text rows are."""
    old = sum(row.kind != LineKind.ADDED for row in rows)
    new = sum(row.kind not in (LineKind.REMOVED,) for row in rows)
    return old, new
