"""Read unified diffs as models write them, and "*** Begin Patch" blocks, which are diffs with other
headers.

Nothing in a header is trusted: counts may be wrong, line numbers off, signs missing in front of
blank context. What ends a hunk is the next header, or in prose a line that no hunk can hold.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property

from cladogen.patching.edits import FileEdit, HunkLine, LineKind
from cladogen.patching.read.headers import ENVELOPE, HunkHeader, is_elision, is_header
from cladogen.patching.read.lines import first_solid, stripped_lines
from cladogen.patching.read.names import unquoted
from cladogen.patching.read.open_file import OpenFile, sizes

_GIT = re.compile(
    r'^diff --git (?P<old>"(?:[^"\\]|\\.)*"|\S.*?) (?P<new>"(?:[^"\\]|\\.)*"|[bw]/.*|\S+)$'
)
_MODES = re.compile(r"^(?P<what>old mode|new mode|new file mode|deleted file mode) (?P<mode>\d+)$")
_MOVES = re.compile(r"^(?P<what>rename|copy) (?P<side>from|to) (?P<name>.*)$")
_NOISE = re.compile(
    r"^(?:index [0-9a-fA-F.]+|similarity index|dissimilarity index|Index: |={20,}$|From "
    r"[0-9a-f]{7,40} )"
)
_BINARY = re.compile(r"^(?:GIT binary patch|Binary files .* differ)")
_ONE_NAME = re.compile(r"(---|\+\+\+) \S")
_GOES_ON = re.compile(r"@@|diff --git |--- |\*\*\* ")
_VERSION = re.compile(r"^\d+\.\d+(?:\.\d+)*")


_TYPED = {"\u2212": "-", "\u2013": "-", "\uff0b": "+"}  # signs as typographers set them


class DiffReader:
    """Reads lines one after another; `edits` after `finish` are the files in order."""

    def __init__(self, lines: tuple[str, ...], known: Mapping[str, str], fenced: bool) -> None:
        self.lines = lines
        self.known = known
        self.fenced = fenced
        self.position = 0
        self.edits: list[FileEdit] = []
        self.envelope = False
        self.open_envelope = False
        self.missing = (
            0,
            0,
        )  # what the last hunk's counts promise beyond its rows, when the lines end in it
        self._now = OpenFile()

    def read(self, start: int = 0) -> int:
        """Read from line ``start`` to the end of the diff; return the first line that is not part
        of it.
        """
        self.position = start
        while self.position < len(self.lines):
            line = self.lines[self.position]
            if not any(step(line) for step in self._steps()):
                break
            self.position += 1
        if self.position == len(self.lines):
            self.missing = self._missing()
        self._close_file()
        return self.position

    def _missing(self) -> tuple[int, int]:
        """Return how many more lines of both sides the last hunk's counts promise."""
        rows, header = self._now.rows, self._now.header
        if not rows or not header:
            return 0, 0
        old, new = sizes(rows)
        return (header.old or old) - old, (header.new or new) - new

    def _steps(self) -> tuple[Callable[[str], bool], ...]:
        return (
            self._git_header,
            self._envelope_line,
            self._file_header,
            self._extended,
            self._hunk_header,
            self._body,
        )

    # -- headers

    def _git_header(self, line: str) -> bool:
        if not line.startswith("diff --git "):
            return False
        self._close_file()
        names = _GIT.match(line)
        if names:
            old, new = (unquoted(names.group(side)) for side in ("old", "new"))
            self._now.edit = FileEdit(old=old, new=new)
        return True

    def _envelope_line(self, line: str) -> bool:
        match = ENVELOPE.match(line.rstrip())
        if not match:
            return False
        what, name = match.group("what"), unquoted(match.group("name") or "")
        self.envelope = True
        if what == "Begin Patch":
            self.open_envelope = True
        elif what == "End Patch":
            self._close_file()
            self.open_envelope = False
        elif what == "End of File":
            self._now.close_hunk(at_end=True)
        elif what.startswith("Move"):
            self._now.edit = replace(self._now.edit, new=name, renamed=True)
        else:
            self._close_file()
            kind = what.split()[0]
            self._now.edit = FileEdit(
                old=name, new=name, created=kind == "Add", deleted=kind == "Delete"
            )
            self._now.named, self._now.whole = True, kind == "Add"
        return True

    def _file_header(self, line: str) -> bool:
        if not is_header(self.lines, self.position) or self._inside_counts():
            return self._lone_name(line)
        if self._now.done() or self._now.named:
            self._close_file()
        self._name_old(line)
        self.position += 1
        self._name_new(self.lines[self.position])
        return True

    def _lone_name(self, line: str) -> bool:
        """Take one name without the other, above the first hunk of a file."""
        if self._now.done() or not _ONE_NAME.match(line):
            return False
        take = self._name_old if line.startswith("---") else self._name_new
        take(line)
        return True

    def _inside_counts(self) -> bool:
        """Whether the hunk's own counts, met so far, promise the two lines that look like a
        header.
        """
        promised, rows = self._now.promised(), self._now.rows
        if promised is None or rows is None:
            return False
        old, new = sizes(rows)
        more = first_solid(self.lines[self.position + 2 :])
        return old < promised[0] and new < promised[1] and not more.startswith(("@@", "diff "))

    def _name_old(self, line: str) -> None:
        name = unquoted(line[3:])
        gone = name == "/dev/null"
        self._now.edit = replace(
            self._now.edit, old="" if gone else name, created=gone or self._now.edit.created
        )
        self._now.named = True

    def _name_new(self, line: str) -> None:
        name = unquoted(line[3:])
        gone = name == "/dev/null"
        self._now.edit = replace(
            self._now.edit, new="" if gone else name, deleted=gone or self._now.edit.deleted
        )
        self._now.named = True

    def _extended(self, line: str) -> bool:
        if self._now.rows or self._now.header is not None:
            return False
        mode, move = _MODES.match(line), _MOVES.match(line)
        if mode is not None:
            self._take_mode(mode)
        elif move is not None:
            self._take_move(move)
        elif _BINARY.match(line):
            self._now.edit = replace(self._now.edit, binary=True)
            self._skip_binary()
        else:
            return _NOISE.match(line) is not None
        return True

    def _take_mode(self, mode: re.Match[str]) -> None:
        what, edit = mode.group("what"), self._now.edit
        created, deleted = edit.created or what.startswith("new file"), what.startswith("deleted")
        edit = replace(edit, created=created, deleted=deleted)
        self._now.edit = replace(edit, mode="" if deleted else mode.group("mode"))

    def _take_move(self, move: re.Match[str]) -> None:
        name, copied = unquoted(move.group("name")), move.group("what") == "copy"
        edit = replace(self._now.edit, copied=copied, renamed=not copied)
        from_side = move.group("side") == "from"
        self._now.edit = replace(edit, old=name) if from_side else replace(edit, new=name)

    def _skip_binary(self) -> None:
        while self.position + 1 < len(self.lines) and not self.lines[self.position + 1].startswith(
            ("diff ", "--- ", "```")
        ):
            self.position += 1

    # -- hunks

    def _hunk_header(self, line: str) -> bool:
        if not re.match(r"^@@(?:$|\s|-|\+)", line):
            return False
        if self._now.rows:
            self._now.close_hunk()
        elif self._now.rows is None:
            self._now.sections = []
        header = HunkHeader.read(line)
        self._now.header, self._now.rows = header, []
        if header.section:
            self._now.sections.append(header.section)
        return True

    def _body(self, line: str) -> bool:
        if self._now.rows is None:
            if not self._opens_body(line):
                return self._between(line)
            self._now.header, self._now.rows = None, []
        row = self._row(line, self._now.rows)
        if row is None:
            return False
        if row is not _NOTHING:
            self._now.rows.append(row)
        return True

    def _opens_body(self, line: str) -> bool:
        """Whether lines without any @@ start here: after a file header, or in a fence that holds a
        diff.
        """
        if not line.strip():
            return False
        if self._now.whole:
            return True
        return line[0] in "+- " and (self._now.named or self._is_first_of_a_fence())

    def _is_first_of_a_fence(self) -> bool:
        """Whether no file has been read or named yet in a fence."""
        return self.fenced and not self.edits and not self._now.edit.name

    def _between(self, line: str) -> bool:
        """Lines between files that are no part of any: mail headers in a fence, a blank line, an
        last line.
        """
        if not line.strip() or _NOISE.match(line):
            return True
        return self.fenced

    def _row(self, line: str, rows: list[HunkLine]) -> HunkLine | None:
        """Return the row a line is, _NOTHING for a remark, None where the hunk ends before it."""
        if line.startswith("\\"):
            if rows:
                rows[-1] = replace(rows[-1], open_end=True)
            return _NOTHING
        if not line:
            return None if self._ends_in_prose() else HunkLine(LineKind.CONTEXT, "", bare=True)
        if self._ends_mail(line):
            return None
        return self._signed_row(line)

    def _sign(self, line: str) -> str:
        """Return the sign of a line; one in a typographer's form is none where a file has it so."""
        sign = _TYPED.get(line[0], line[0])
        known = sign != line[0] and any(line.strip() in text for text in self.known.values())
        return line[0] if known else sign

    def _signed_row(self, line: str) -> HunkLine | None:
        sign, text = self._sign(line), line[1:]
        if sign == "+":
            return HunkLine(LineKind.ADDED, text)
        if self._now.whole:
            return HunkLine(LineKind.ADDED, line, bare=True)
        if sign == "-":
            return HunkLine(LineKind.REMOVED, text)
        if sign == " ":
            return _shown_row(text)
        return _shown_row(line, bare=True) if self._may_be_bare(line) else None

    def _may_be_bare(self, line: str) -> bool:
        """Whether a line without a sign can be one of a hunk."""
        return self.fenced or (not self._now.edit.created and self._goes_on(line))

    def _goes_on(self, line: str) -> bool:
        """Whether a diff without a fence goes on at a line without a sign: it, or what follows, is
        text of the file.
        """
        if line.strip() in self._lines:
            return True
        return any(
            one[0] == "+" or one.lstrip("-").strip() in self._lines for one in self._following(3)
        )

    def _following(self, count: int) -> list[str]:
        """Return the next lines that are not blank."""
        first = bisect_right(self._solid, self.position)
        return [self.lines[k] for k in self._solid[first : first + count]]

    @cached_property
    def _solid(self) -> list[int]:
        """The positions of lines that are not blank."""
        return [k for k, line in enumerate(self.lines) if line.strip()]

    @cached_property
    def _lines(self) -> frozenset[str]:
        """The lines of the program's files."""
        return frozenset(stripped_lines(self.known.values()) - {""})

    def _ends_mail(self, line: str) -> bool:
        return line.rstrip() == "--" and any(map(_VERSION.match, self._following(1)))

    def _ends_in_prose(self) -> bool:
        """In prose a blank line ends a hunk whose counts are met, unless the diff visibly goes
        on.
        """
        promised = self._now.promised()
        if self.fenced or promised is None:
            return False
        after = next(iter(self._following(1)), "")
        if _GOES_ON.match(after):
            return False
        old, new = sizes(self._now.rows or [])
        return old >= promised[0] and new >= promised[1]

    def _close_file(self) -> None:
        self._now.close_hunk()
        if self._now.hunks or self._now.edit.name or self._now.edit.binary:
            self.edits.append(self._now.complete())
        self._now = OpenFile()


def _shown_row(text: str, bare: bool = False) -> HunkLine:
    """Return the row of a line that stays, or of one that stands for several."""
    kind = LineKind.ELIDED if is_elision(text) else LineKind.CONTEXT
    return HunkLine(kind, text, bare=bare)


_NOTHING = HunkLine(LineKind.CONTEXT, "", bare=True)
