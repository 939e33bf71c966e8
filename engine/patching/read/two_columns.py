"""Lines that show two versions side by side, as ``diff -y`` prints them: no line of a program."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cladogen.errors import PatchRefused
from cladogen.patching.read.lines import stripped_lines

_TWO = re.compile(r"^\s*(\S.*?)(?:\s+[|<>│]|[ \t]{8,})\s+(\S.*?)\s*$")
WIDEST = 500  # characters of a line: no output of two columns is wider
_WORD = re.compile(r"\w+")


def check_one_column(path: str, lines: Iterable[str], base: str) -> None:
    """Raise PatchRefused for a line that holds a line of ``base`` and, beside it, what becomes of
    it.
    """
    rows = list(filter(None, (_TWO.match(line) for line in lines if len(line) <= WIDEST)))
    known = stripped_lines([base]) if rows else set()
    for row in rows:
        line = row.string.strip()
        if line not in known and _shows_both(row[1], row[2], known):
            raise PatchRefused(
                "ambiguous-context",
                f'{path}: "{line[:80]}" shows two versions side by side; give a diff with '
                "one line for each",
            )


def _shows_both(old: str, new: str, known: set[str]) -> bool:
    """Whether what stands on the left is the program's, and what is on the right comes of it."""
    return old in known and (new in known or _begin_alike(old, new))


def _begin_alike(old: str, new: str) -> bool:
    """Whether two lines begin with the same word, so that one may become the other."""
    first, second = _WORD.match(old), _WORD.match(new)
    return first is not None and second is not None and first[0] == second[0]
