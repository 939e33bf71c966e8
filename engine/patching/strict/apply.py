"""Read a diff that the engine or git made against a program, with nothing left to chance."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass, field

from cladogen.errors import PatchRefused
from cladogen.patching.read.names import unquoted
from cladogen.patching.strict.lines import LENGTHS, bytes_of, lines_of
from cladogen.program import File, Program

_RANGE = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_CONTENT = re.compile(r"@@ |GIT binary patch$")
_SAID = re.compile(r"(new file mode|deleted file mode|new mode|(?:rename|copy) (?:from|to)) (.*)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def apply_diff(base: Program, diff: str) -> Program:
    """Return ``base`` after a diff that `make_diff` or `git diff` made against it; raises
    PatchRefused when it is not one for this program.
    """
    files = dict(base.files)
    before, *sections = re.split(r"(?m)^(?=diff --git )", diff)
    _check_nothing(before.split("\n"), 1)
    number = before.count("\n") + 1
    for section in sections:
        _Section(base, section.split("\n"), number).apply(files)
        number += section.count("\n")
    return Program.of(files)


def _check_nothing(lines: list[str], number: int) -> None:
    """Raise PatchRefused for lines that are no part of any file."""
    said = next(((k, line) for k, line in enumerate(lines, number) if line), None)
    if said is not None:
        raise PatchRefused(
            "removed-lines-not-found", f"diff line {said[0]}: no file header: {said[1][:80]!r}"
        )


@dataclass(slots=True)
class _Section:
    """The lines about one file, read one after another; ``number`` is the first one's."""

    base: Program
    lines: list[str]
    number: int
    at: int = 1
    said: dict[str, str] = field(default_factory=dict)

    def apply(self, files: dict[str, File]) -> None:
        old, new = self._names()
        made = "new file mode" in self.said
        if not made and old not in self.base.files:
            raise PatchRefused("removed-lines-not-found", f"{old} is not a file of the program")
        data = self._content(b"" if made else self.base.files[old].data, old)
        _check_nothing(self.lines[self.at :], self.number + self.at)
        if {"deleted file mode", "rename from"} & self.said.keys():
            files.pop(old, None)
        if "deleted file mode" not in self.said:
            files[new] = File(data, self._executable(old))

    def _names(self) -> tuple[str, str]:
        """Read the header; return the paths before and after."""
        old, new = _header_names(self.lines[0])
        while self.at < len(self.lines) and not _CONTENT.match(self.lines[self.at]):
            said = _SAID.match(self.lines[self.at])
            self.said |= {said[1]: said[2]} if said else {}
            self.at += 1
        source = self._first_said("rename from", "copy from")
        target = self._first_said("rename to", "copy to")
        return unquoted(source) or old, unquoted(target) or new

    def _first_said(self, *words: str) -> str:
        """Return what follows the first of some words that the header has, "" for none."""
        return next((self.said[word] for word in words if word in self.said), "")

    def _executable(self, old: str) -> bool:
        mode = self._first_said("new file mode", "new mode")
        if mode:
            return mode == "100755"
        return old in self.base.files and self.base.files[old].executable

    # -- content

    def _content(self, data: bytes, name: str) -> bytes:
        if self.at >= len(self.lines):
            return data
        if self.lines[self.at] == "GIT binary patch":
            return self._literal()
        old = lines_of(data)
        done: list[str] = []
        at = 0
        while self.at < len(self.lines) and (span := _RANGE.match(self.lines[self.at])):
            first, counts = _range(span)
            done += old[at:first]
            self.at += 1
            at = self._hunk(old, first, counts, done, name)
        return bytes_of([*done, *old[at:]])

    def _hunk(
        self, old: list[str], at: int, counts: tuple[int, int], done: list[str], name: str
    ) -> int:
        """Copy one hunk to ``done``; return how far the old file is read."""
        left, right = counts
        while left > 0 or right > 0:
            sign, text = self._row(name)
            if sign in " -":
                self._check(old, at, text, name)
                at, left = at + 1, left - 1
            if sign in " +":
                done.append(text)
                right -= 1
        return at

    def _row(self, name: str) -> tuple[str, str]:
        """Read one line of a hunk; return its sign, and its text with the line feed it has."""
        if self.at >= len(self.lines) or self.lines[self.at][:1] not in tuple(" +-"):
            raise PatchRefused("truncated-reply", f"{name}: the diff ends inside a hunk")
        line = self.lines[self.at]
        if "".join(self.lines[self.at + 1 : self.at + 2]).startswith("\\"):
            self.at += 2
            return line[0], line[1:]
        self.at += 1
        return line[0], line[1:] + "\n"

    @staticmethod
    def _check(old: list[str], at: int, text: str, name: str) -> None:
        if at >= len(old) or old[at] != text:
            raise PatchRefused(
                "removed-lines-not-found", f"{name}: line {at + 1} is not {text.rstrip()!r}"
            )

    def _literal(self) -> bytes:
        """Read a binary patch; the way back, which follows it, is passed over."""
        packed: list[bytes] = []
        self.at += 2
        while self.lines[self.at]:
            line = self.lines[self.at]
            packed.append(base64.b85decode(line[1:])[: LENGTHS.index(line[0]) + 1])
            self.at += 1
        self.at = len(self.lines)
        return zlib.decompress(b"".join(packed))


def _range(span: re.Match[str]) -> tuple[int, tuple[int, int]]:
    """Return how many lines stand before a hunk, and how many it has before and after."""
    start, count = int(span[1]), int(span[2] or "1")
    return start - 1 if count else start, (count, int(span[3] or "1"))


def _header_names(line: str) -> tuple[str, str]:
    """Return the two names of "diff --git a/old b/new", quoted or not."""
    rest = line.removeprefix("diff --git ")
    quoted = _QUOTED.match(rest)
    if quoted:
        return unquoted(quoted.group())[2:], unquoted(rest[quoted.end() + 1 :])[2:]
    if rest.endswith('"'):
        cut = rest.index(' "')
        return rest[2:cut], unquoted(rest[cut + 1 :])[2:]
    half = len(rest) // 2
    cut = half if rest[2:half] == rest[half + 3 :] else rest.index(" b/")
    return rest[2:cut], rest[cut + 3 :]
