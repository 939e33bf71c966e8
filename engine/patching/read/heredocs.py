"""Files that a reply writes by the shell: cat, a here-document, and a file's name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from cladogen.errors import PatchRefused
from cladogen.patching.read.names import same_file

_SHELLS = ("", "bash", "sh", "shell", "zsh", "console", "terminal")
_WORD = r"(?P<quote>['\"]?)(?P<word>\w+)(?P=quote)"
_PATH = r"(?P<path>'[^'\n]+'|\"[^\"\n]+\"|[^\s<>|&;'\"]+)"
_WRITES = (
    re.compile(rf"\s*(?:\$ )?cat\s*>\s*{_PATH}\s*<<(?P<tabs>-?)\s*{_WORD}\s*$"),
    re.compile(rf"\s*(?:\$ )?cat\s*<<(?P<tabs>-?)\s*{_WORD}\s*>\s*{_PATH}\s*$"),
    re.compile(rf"\s*(?:\$ )?tee\s+{_PATH}\s*(?:>\s*/dev/null\s*)?<<(?P<tabs>-?)\s*{_WORD}\s*$"),
)

_APPENDS = (
    re.compile(rf"\s*(?:\$ )?cat\s*>>\s*{_PATH}\s*<<(?P<tabs>-?)\s*{_WORD}\s*$"),
    re.compile(rf"\s*(?:\$ )?cat\s*<<(?P<tabs>-?)\s*{_WORD}\s*>>\s*{_PATH}\s*$"),
    re.compile(
        rf"\s*(?:\$ )?tee\s+-a\s+{_PATH}\s*(?:>\s*/dev/null\s*)?<<(?P<tabs>-?)\s*{_WORD}\s*$"
    ),
)


def appended(
    lines: Sequence[str], known: Collection[str]
) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Return (path, lines) of what commands append to files of the program, and the lines that are
    none of these commands.
    """
    found, others, at = [], [], 0
    while at < len(lines):
        document = _document(lines, at, _APPENDS, known)
        if document is None or document.lines is None or not document.path:
            others.append(lines[at])
            at += 1
        else:
            found.append((document.path, document.lines))
            at += document.size
    return found, others


def written_files(
    lines: tuple[str, ...], info: str, known: Collection[str]
) -> list[tuple[str, str]]:
    """Return (path, text) of the program's files that a fence of shell commands writes whole.

    Other files (a test somewhere, notes) are no part of the answer. Raises PatchRefused for one of
    the program's whose last line is missing: it is cut off.
    """
    words = info.split()
    if words and words[0].lower() not in _SHELLS:
        return []
    return list(_written(lines, known))


def _written(lines: Sequence[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(lines):
        document = _document(lines, at, _WRITES, known)
        if document is None:
            at += 1
            continue
        if document.lines is None:
            return
        if document.path:
            yield document.path, "".join(line + "\n" for line in document.lines)
        at += document.size


class _Document(NamedTuple):
    """A here-document: the program's file that it is for, "" for any other, and its lines, None
    where it never ends.
    """

    path: str
    lines: list[str] | None

    @property
    def size(self) -> int:
        """How many lines it takes, with those that begin and end it."""
        return len(self.lines or ()) + 2


def _document(
    lines: Sequence[str], at: int, forms: Sequence[re.Pattern[str]], known: Collection[str]
) -> _Document | None:
    """Return the here-document that a line begins, None where it begins none.

    Raises PatchRefused for one of the program's files that never ends.
    """
    opened = next(filter(None, (each.match(lines[at]) for each in forms)), None)
    if opened is None:
        return None
    path, tabs = same_file(opened["path"].strip("'\""), known), bool(opened["tabs"])
    end = _end(lines, at + 1, opened["word"], tabs)
    if end is not None:
        return _Document(path, [_without_tabs(line, tabs) for line in lines[at + 1 : end]])
    if path:
        raise _open(opened)
    return _Document(path, None)


def _without_tabs(line: str, tabs: bool) -> str:
    """Return a line without the tabs in front, where the sign <<- says that they are none of it."""
    return line.lstrip("\t") if tabs else line


def _open(opened: re.Match[str]) -> PatchRefused:
    return PatchRefused(
        "truncated-reply",
        f'"{opened.group().strip()[:80]}": no line {opened["word"]} ends it; send the complete '
        "reply again",
    )


def _end(lines: Sequence[str], start: int, word: str, tabs: bool) -> int | None:
    for at in range(start, len(lines)):
        if _without_tabs(lines[at], tabs) == word:
            return at
    return None
