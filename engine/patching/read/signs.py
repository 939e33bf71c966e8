"""Fences of lines with signs, "-" and "+", that say in no other way that they are a diff; and diffs
of older forms, which are refused by their name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cladogen.errors import PatchRefused
from cladogen.patching.read.lines import stripped_lines

_SIGNS = ("! ", "< ", "> ", "+ ", "- ")
_TELLING = 4  # characters of a line that tells a file from others
_OLD_FORM = re.compile(r"(?:\*\*\* \d+(?:,\d+)? \*\*\*\*|\d+(?:,\d+)?[acd]\d+(?:,\d+)?)$")


def has_signs(lines: Sequence[str], texts: Mapping[str, str]) -> bool:
    """Whether every "-" line takes a line of a file, and "+" lines come."""
    gone = [line[1:].strip() for line in _lines_with("-", lines)]
    if not gone or not _lines_with("+", lines):
        return False
    return any(_takes(lines, gone, stripped_lines([text])) for text in texts.values())


def _lines_with(sign: str, lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.startswith(sign)]


def _takes(lines: Sequence[str], gone: Sequence[str], known: set[str]) -> bool:
    solid = list(filter(None, gone))
    if not any(len(line) >= _TELLING for line in solid) or not known.issuperset(solid):
        return False
    return not any(line.strip() in known for line in lines if line[:1] in ("-", "+"))


def check_form(lines: Sequence[str], alone: bool = False) -> None:
    """Raise PatchRefused for a hunk of an old form of diffs that is still one: it has no line that
    says where it goes. ``alone``: nothing else says that the lines are a diff.
    """
    line = next(filter(_OLD_FORM.match, lines), "")
    if not line or not any(each.startswith(_SIGNS) for each in lines):
        return
    if not alone or all(map(_may_be_of_an_old_form, lines)):
        raise PatchRefused(
            "ambiguous-context",
            f'"{line}" heads a hunk of an old form of diffs; give a unified diff, with @@ and a '
            "sign before each line",
        )


def _may_be_of_an_old_form(line: str) -> bool:
    """Whether a line is blank, has a sign, or heads a hunk."""
    return not line.strip() or line.startswith(_SIGNS) or _OLD_FORM.match(line) is not None
