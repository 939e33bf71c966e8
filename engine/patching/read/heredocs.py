"""Files that a reply writes by the shell: cat, a here-document, and a file's name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

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
        opened = next((match for each in _APPENDS if (match := each.match(lines[at]))), None)
        path = same_file(opened["path"].strip("'\""), known) if opened else ""
        end = _end(lines, at + 1, opened["word"], bool(opened["tabs"])) if opened else None
        if opened and path and end is None:
            raise _open(opened)
        if opened and path and end is not None:
            inside = lines[at + 1 : end]
            found.append((path, [one.lstrip("\t") if opened["tabs"] else one for one in inside]))
            at = end + 1
        else:
            others.append(lines[at])
            at += 1
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


def _written(lines: tuple[str, ...], known: Collection[str]) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(lines):
        opened = next((match for each in _WRITES if (match := each.match(lines[at]))), None)
        at += 1
        if opened is None:
            continue
        path = same_file(opened["path"].strip("'\""), known)
        end = _end(lines, at, opened["word"], bool(opened["tabs"]))
        if end is None and path:
            raise _open(opened)
        if end is None:
            return
        inside = [line.lstrip("\t") if opened["tabs"] else line for line in lines[at:end]]
        if path:
            yield path, "".join(line + "\n" for line in inside)
        at = end + 1


def _open(opened: re.Match[str]) -> PatchRefused:
    return PatchRefused(
        "truncated-reply",
        f'"{opened.group().strip()[:80]}": no line {opened["word"]} ends it; send the complete '
        "reply again",
    )


def _end(lines: Sequence[str], start: int, word: str, tabs: bool) -> int | None:
    for at in range(start, len(lines)):
        if (lines[at].lstrip("\t") if tabs else lines[at]) == word:
            return at
    return None
