"""Lines that show two versions side by side, as ``diff -y`` prints them: no line of a program."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cladogen.errors import PatchRefused

_TWO = re.compile(r"^\s*(\S.*?)(?:\s+[|<>│]|[ \t]{8,})\s+(\S.*?)\s*$")
_WORD = re.compile(r"\w+")


def check_one_column(path: str, lines: Iterable[str], base: str) -> None:
    """Raise PatchRefused for a line that holds a line of ``base`` and, beside it, what becomes of
    it.
    """
    rows = [(line, match) for line in lines if (match := _TWO.match(line))]
    known = {line.strip() for line in base.split("\n")} if rows else set()
    for line, match in rows:
        if line.strip() in known or match[1] not in known:
            continue
        if match[2] in known or _begin_alike(match[1], match[2]):
            raise PatchRefused(
                "ambiguous-context",
                f'{path}: "{line.strip()[:80]}" shows two versions side by side; give a diff with '
                "one line for each",
            )


def _begin_alike(old: str, new: str) -> bool:
    """Whether two lines begin with the same word, so that one may become the other."""
    first, second = _WORD.match(old), _WORD.match(new)
    return first is not None and second is not None and first[0] == second[0]
