"""Fences of lines with signs, "-" and "+", that say in no other way that they are a diff; and diffs
of older forms, which are refused by their name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cladogen.errors import PatchRefused

_TELLING = 4  # characters of a line that tells a file from others
_OLD_FORM = re.compile(r"(?:\*\*\* \d+(?:,\d+)? \*\*\*\*|\d+(?:,\d+)?[acd]\d+(?:,\d+)?)$")


def has_signs(lines: Sequence[str], texts: Mapping[str, str]) -> bool:
    """Whether every "-" line takes a line of a file, and "+" lines come."""
    gone = [line[1:].strip() for line in lines if line.startswith("-")]
    come = [line for line in lines if line.startswith("+")]
    if not gone or not come:
        return False
    files = [{line.strip() for line in text.split("\n")} for text in texts.values()]
    return any(_takes(lines, gone, known) for known in files)


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
    signed = [each for each in lines if each.startswith(("! ", "< ", "> ", "+ ", "- "))]
    others = [each for each in lines if each.strip() and each not in signed]
    if line and signed and not (alone and any(not _OLD_FORM.match(each) for each in others)):
        raise PatchRefused(
            "ambiguous-context",
            f'"{line}" heads a hunk of an old form of diffs; give a unified diff, with @@ and a '
            "sign before each line",
        )
