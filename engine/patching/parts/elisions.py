"""Remarks that stand for code around the definitions of a part: "# ... existing code ...".

Between definitions, or between the methods of a class, they say that the file goes on there, which
a part placed by its names does anyway. Inside of a definition they stand for lines that nobody
knows, and stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cladogen.patching.parts.definitions import Definition, every
from cladogen.patching.parts.endings import goes_by_members, leaves, stops_short
from cladogen.patching.parts.languages import Blocks
from cladogen.patching.parts.outline import Outline
from cladogen.patching.read.headers import is_left_out

_OF_A_BODY = re.compile(r"\b(?:function|method|body|loop|block|implementation)\b", re.IGNORECASE)


def without_elisions(part: Outline, whole: Outline) -> str:
    """Return the text of a part without the lines that stand for code around its definitions."""
    gone = frozenset(_around(part, whole) if part.definitions else ())
    return "\n".join(line for at, line in enumerate(part.lines) if at not in gone)


def _around(part: Outline, whole: Outline) -> Iterator[int]:
    theirs = dict(every(whole.definitions))
    for at, inside, members in _elided_among(part, whole, theirs):
        above = next((one for one in reversed(members) if one.last < at), None)
        old = theirs.get((*inside, above.name)) if above else None
        if _is_between(part, at, members, above) and not stops_short(above, old, part, whole):
            yield at


def _elided_among(
    part: Outline, whole: Outline, theirs: Mapping[tuple[str, ...], Definition]
) -> Iterator[tuple[int, tuple[str, ...], tuple[Definition, ...]]]:
    """Yield the lines that stand for code among definitions which are placed one by one, with the
    names that lead there and these definitions.
    """
    mine = dict(every(part.definitions))
    for at in _elided_lines(part, whole):
        inside = _innermost(mine, at, part)
        if not inside:
            yield at, inside, part.definitions
        elif goes_by_members(mine[inside], theirs.get(inside)):
            yield at, inside, mine[inside].members


def _elided_lines(part: Outline, whole: Outline) -> Iterator[int]:
    """Yield the lines that stand for code, and are none of the file's own."""
    known = {line.strip() for line in whole.lines}
    for at, line in enumerate(part.lines):
        if is_left_out(line) and line.strip() not in known:
            yield at


def _innermost(mine: dict[tuple[str, ...], Definition], at: int, part: Outline) -> tuple[str, ...]:
    """Return the names that lead to the last definition which holds a line, () for none."""
    return next((path for path, one in reversed(mine.items()) if _holds(one, at, part)), ())


def _holds(one: Definition, at: int, part: Outline) -> bool:
    """Whether a definition holds a line, or is a class whose methods it stands below."""
    if one.covers(at) or not one.members:
        return one.covers(at)
    below = part.lines[one.last + 1 : at]
    depth = _indent(part.lines[one.members[0].first])
    return one.last < at and depth == _indent(part.lines[at]) and not any(map(str.strip, below))


def _is_between(
    part: Outline, at: int, members: tuple[Definition, ...], above: Definition | None
) -> bool:
    """Whether a line stands at the depth of definitions, apart from the one above it."""
    line = part.lines[at]
    depth = _indent(part.lines[members[0].first]) if members else 0
    if _indent(line) != depth or (above and _OF_A_BODY.search(line)):
        return False
    if _is_apart(part, at, above) or _ends_above(part, at, above):
        return True
    return part.coded[at - 1].rstrip().endswith((":", "{"))


def _is_apart(part: Outline, at: int, above: Definition | None) -> bool:
    """Whether a blank line tells a line from the one above; one below it tells that where nothing
    above has a body.
    """
    before, after = "".join(part.lines[:at][-1:]), "".join(part.lines[at + 1 : at + 2])
    return not before.strip() or (not after.strip() and (above is None or above.value))


def _ends_above(part: Outline, at: int, above: Definition | None) -> bool:
    """Whether what stands right above a line visibly ends there: an import, a block that is closed,
    or a function that returns in its last line.
    """
    if above is None:
        return at - 1 in part.imports
    last = part.coded[at - 1].rstrip()
    if above.last != at - 1:
        return False
    if part.language.blocks is not Blocks.INDENT:
        return last.lstrip() in ("}", "};", "end")
    return _indent(last) > _indent(part.lines[at]) and leaves(part, above)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
