"""Whether a definition that a part gives may be no more than the beginning of the file's."""

from __future__ import annotations

import re

from cladogen.patching.parts.definitions import Definition
from cladogen.patching.parts.languages import Blocks
from cladogen.patching.parts.outline import Outline

_LEAVES = re.compile(r"(?:return|raise|yield)\b")


def stops_short(
    new: Definition | None, old: Definition | None, part: Outline, whole: Outline
) -> bool:
    """Whether a definition is shorter than the file's and has another end, and does not leave its
    function there. In languages of braces or ``end`` none stops short: its block is closed.
    """
    if new is None or old is None or part.language.blocks is not Blocks.INDENT:
        return False
    if new.members and goes_by_members(new, old):
        last = new.members[-1]
        return stops_short(last, _member(old, last.name), part, whole)
    mine, theirs = _solid(part, new), _solid(whole, old)
    return _ends_otherwise(mine, theirs) and not _leaves(mine)


def _ends_otherwise(mine: list[str], theirs: list[str]) -> bool:
    """Whether lines are fewer than others, and have another end."""
    return len(mine) < len(theirs) and mine[-1].strip() != theirs[-1].strip()


def leaves(part: Outline, one: Definition) -> bool:
    """Whether the last line of a function leaves it, outside of any block of its body."""
    return not one.members and _leaves(_solid(part, one))


def _leaves(lines: list[str]) -> bool:
    return _is_outermost(lines) and bool(_LEAVES.match(lines[-1].strip()))


def _member(of: Definition, name: str) -> Definition | None:
    return next((one for one in of.members if one.name == name), None)


def goes_by_members(mine: Definition, theirs: Definition | None) -> bool:
    """Whether a class lacks methods that the file's has, so that those it has are placed one by
    one.
    """
    names = {one.name for one in mine.members}
    old = theirs.members if theirs else ()
    return bool(names) and any(one.name not in names for one in old)


def _solid(outline: Outline, one: Definition) -> list[str]:
    return [line for line in outline.lines[one.first : one.last + 1] if line.strip()]


def _is_outermost(lines: list[str]) -> bool:
    """Whether the last line of a definition lies in no block of its body."""
    return len(lines) > 1 and _indent(lines[-1]) == min(map(_indent, lines[1:]))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
