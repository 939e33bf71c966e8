"""Read SEARCH/REPLACE blocks in the spellings models use.

    <<<<<<< SEARCH        ------- SEARCH        <search> ... </search>        {"search": ...,
    "replace": ...} =======               =======               <replace> ... </replace>      two
    fences headed SEARCH and REPLACE >>>>>>> REPLACE       +++++++ REPLACE

Seven signs may also stand as a merge leaves them, before a file's name, a branch's, or nothing.
What both sides share is context; the rest goes or comes. An empty SEARCH makes a file, or appends
to one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cladogen.errors import PatchRefused
from cladogen.patching.edits import FileEdit, Hunk, HunkLine, LineKind, compare
from cladogen.patching.read.headers import is_elision
from cladogen.patching.read.lines import last_solid, solid_span
from cladogen.patching.read.names import named_by

_OLD = r"SEARCH|ORIGINAL|OLD|BEFORE|FIND|HEAD|CURRENT|OURS|LOCAL"
_WORD_START = re.compile(
    rf"^\s*(?:<{{4,}}\s*(?P<word>{_OLD}|(?i:ours|local|search|old|original))|-{{5,}}\s*(?:{_OLD})|"
    r"<<<\s*SEARCH)\b[\s:>]*(?P<name>.*)$"
)
_CONFLICT_START = re.compile(r"^<{7}(?:[ \t]+(?P<label>[^\s<].*?))?[ \t]*$")
_OF_THREE = re.compile(r"^\s*<<<\s*SEARCH\b")
_MIDDLE = re.compile(r"^\s*={4,}\s*$|^\s*={5,}\s*(?:REPLACE|NEW|AFTER)?\s*$")
_END = re.compile(r"^\s*(?:>{4,}|\+{5,})(?:\s*(?:REPLACE|UPDATED?|NEW|AFTER|END|MODIFIED).*|\s*)$")
_CONFLICT_END = re.compile(r"^\s*>{4,}(?:\s.*)?$")
_CONFLICTS = ("HEAD", "CURRENT", "OURS", "LOCAL")
_FILE_NAME = re.compile(r"[\w.@+/-]+\.\w{1,9}")
_MIDDLE_OF_THREE = re.compile(r"^\s*={3,}\s*$")
_END_OF_THREE = re.compile(r"^\s*>>>\s*REPLACE\s*$")
_DIRECTIVE = re.compile(r"^:(?P<what>start|end)_line:\s*(?P<line>\d{1,9})\s*$")
_RULE = re.compile(r"^-{5,}\s*$")
_FENCE = re.compile(r"^\s*(?P<ticks>`{3,}|~{3,})[^`]*$")


@dataclass(frozen=True, slots=True)
class Block:
    """One block: both sides as lines, the name given with it, and where it stood."""

    search: tuple[str, ...]
    replace: tuple[str, ...]
    name: str
    start: int
    end: int
    line: int | None = None  # of the file, where the block says so


class _Opening(NamedTuple):
    """The line that a block opens with: the file it names, and whether a merge would end it."""

    name: str
    merge: bool


def _opening(line: str) -> _Opening | None:
    """Return what a line opens a block with, None for any other line."""
    if "<<<" not in line and "-----" not in line:
        return None
    return _by_a_word(line) or _of_a_merge(line)


def _by_a_word(line: str) -> _Opening | None:
    found = _WORD_START.match(line)
    if found is None:
        return None
    word = found["word"] or "SEARCH"
    return _Opening(found["name"].rstrip("< \t"), word in _CONFLICTS or word.islower())


def _of_a_merge(line: str) -> _Opening | None:
    merge = _CONFLICT_START.match(line)
    if merge is None:
        return None
    label = merge["label"] or ""
    return _Opening(label if _FILE_NAME.fullmatch(label) else "", True)


def looks_like_blocks(lines: tuple[str, ...]) -> bool:
    """Whether a SEARCH/REPLACE block starts in these lines."""
    return any(map(_opening, lines))


def read_blocks(
    lines: tuple[str, ...], known: Collection[str], texts: Collection[str], before: str = ""
) -> list[Block]:
    """Return the blocks in ``lines``; ``texts`` are the program's files, which tell dividers from
    content.

    Raises PatchRefused for a block that never ends.
    """
    blocks: list[Block] = []
    position = 0
    while position < len(lines):
        start = _opening(lines[position])
        if start is None:
            position += 1
            continue
        middle, end = _borders(lines, position, start.merge, texts)
        last_name = blocks[-1].name if blocks else before
        name = start.name or _name_above(lines, position, known) or last_name
        line, search = _without_directives(lines[position + 1 : middle])
        put = _unfenced(lines[middle + 1 : end], texts)
        blocks.append(Block(_unfenced(search, texts), put, name, position, end + 1, line))
        position = end + 1
    return blocks


def _borders(
    lines: tuple[str, ...], start: int, merge: bool, texts: Collection[str]
) -> tuple[int, int]:
    middles, end = _middles_and_end(lines, start, merge)
    if end is None or not _nested(lines, start, end):
        raise PatchRefused(
            "truncated-reply", f"the SEARCH block at line {start + 1} of its text never ends"
        )
    middle = _divider(lines, start, middles, texts)
    _check_no_divider(lines, middle, end, texts)
    return middle, end


def _middles_and_end(
    lines: tuple[str, ...], start: int, merge: bool
) -> tuple[list[int], int | None]:
    """Return the lines that could divide a block, and the one that ends it."""
    turn, ending = _signs_of(lines[start], merge)
    middles: list[int] = []
    for at in range(start + 1, len(lines)):
        if middles and ending.match(lines[at]):
            return middles, at
        if turn.match(lines[at]):
            middles.append(at)
    return middles, None


def _check_no_divider(
    lines: tuple[str, ...], middle: int, end: int, texts: Collection[str]
) -> None:
    """Raise PatchRefused for a block of three sides: what would come holds the dividing line again,
    and no line above that it could underline.
    """
    sign = lines[middle].rstrip()
    for at in range(middle + 2, end):
        divides = lines[at].rstrip() == sign and not _underlines(sign, lines[at - 1])
        if divides and not any(sign in text for text in texts):
            raise PatchRefused(
                "ambiguous-context",
                f'a SEARCH block is divided twice by "{sign}"; give one side that goes, and one '
                "that comes",
            )


def _underlines(sign: str, above: str) -> bool:
    """Whether a line of signs is as long as the one above it, and may be its rule."""
    return abs(len(above.strip()) - len(sign.strip())) <= 1


def _signs_of(opening: str, merge: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what divides and what ends a block that opens so."""
    if _OF_THREE.match(opening):
        return _MIDDLE_OF_THREE, _END_OF_THREE
    return _MIDDLE, _CONFLICT_END if merge else _END


def _without_directives(search: tuple[str, ...]) -> tuple[int | None, tuple[str, ...]]:
    """Take ":start_line:12" and the rule below it off, which some dialects put on top of the SEARCH
    side; return the line that it tells, and the rest.
    """
    count = 0
    line = None
    while count < len(search) and (directive := _DIRECTIVE.match(search[count])):
        line = int(directive["line"]) if directive["what"] == "start" else line
        count += 1
    if count and any(map(_RULE.match, search[count : count + 1])):
        count += 1
    return line, search[count:]


def _unfenced(side: tuple[str, ...], texts: Collection[str]) -> tuple[str, ...]:
    """Return one side of a block without a fence of its own around it, unless a file has the
    fence's own lines.
    """
    solid = solid_span(side)
    if len(solid) < 2:
        return side
    first, last = side[solid[0]], side[solid[-1]]
    if not _are_a_fence(first, last) or any(first in text for text in texts):
        return side
    return side[solid[1] : solid[-1]]


def _are_a_fence(first: str, last: str) -> bool:
    opens, closes = _FENCE.match(first), _FENCE.match(last)
    if opens is None or closes is None:
        return False
    return bool(opens["ticks"] == closes["ticks"] == last.strip())


def block_end(lines: Sequence[str], at: int) -> int:
    """Return where a block that starts at a line ends, with fences inside it; ``at`` where none
    does.
    """
    start = _opening(lines[at])
    if start is None:
        return at
    return _below_end(lines, at, _CONFLICT_END if start.merge else _END)


def _below_end(lines: Sequence[str], start: int, ending: re.Pattern[str]) -> int:
    """Return the line below the one that ends a block, ``start`` where another block opens first or
    none ends it.
    """
    turned = False
    for at in range(start + 1, len(lines)):
        if _opening(lines[at]):
            break
        if turned and ending.match(lines[at]):
            return at + 1
        turned = turned or _MIDDLE.match(lines[at]) is not None
    return start


def _nested(lines: tuple[str, ...], start: int, end: int) -> bool:
    return not any(_opening(line) for line in lines[start + 1 : end] if "SEARCH" in line)


def _divider(lines: tuple[str, ...], start: int, middles: list[int], texts: Collection[str]) -> int:
    """Of several lines that could divide the block, choose the last whose upper side is text of the
    program.
    """
    for middle in reversed(middles) if len(middles) > 1 else ():
        wanted = _without_ends(lines[start + 1 : middle])
        if any(wanted in _without_ends(text.split("\n")) for text in texts):
            return middle
    return middles[0]


def _without_ends(lines: Sequence[str]) -> str:
    """Return lines as a text, without the white space at their ends."""
    return "\n".join(map(str.rstrip, lines))


def _name_above(lines: tuple[str, ...], position: int, known: Collection[str]) -> str:
    return named_by(last_solid(lines[:position]), known)


def block_edits(blocks: Iterable[Block], hint: str) -> Iterator[tuple[FileEdit, ...]]:
    """Yield the edits of runs of blocks; lines of prose between two blocks open another run."""
    together: list[FileEdit] = []
    end = None
    for block in blocks:
        if end is not None and block.start > end + 3:
            yield tuple(together)
            together = []
        edit = block_edit(block.search, block.replace, block.name, hint, block.line)
        together.append(edit)
        end = block.end
    if together:
        yield tuple(together)


def at_end(name: str, lines: Iterable[str], hint: str = "") -> FileEdit:
    """Return the edit that appends lines to a file, or makes one of them."""
    hunk = Hunk(rows_of(LineKind.ADDED, lines), at_end=True)
    return FileEdit(new=name, hunks=(hunk,), search=True, hint=hint)


def rows_of(kind: LineKind, lines: Iterable[str]) -> tuple[HunkLine, ...]:
    return tuple(HunkLine(kind, line) for line in lines)


def block_edit(
    search: tuple[str, ...],
    put: tuple[str, ...],
    name: str,
    hint: str = "",
    line: int | None = None,
) -> FileEdit:
    """Return the file edit a block means; ``line`` is where in the file it says it begins."""
    if search in ((), ("",)):
        return at_end(name, put, hint)
    old, new = (list(rows_of(LineKind.CONTEXT, side)) for side in (search, put))
    rows = tuple(map(_elided, compare(old, new, LineKind.CONTEXT)))
    return FileEdit(new=name, hunks=(Hunk(rows, start=line, solid=True),), search=True, hint=hint)


def _elided(row: HunkLine) -> HunkLine:
    return (
        replace(row, kind=LineKind.ELIDED)
        if row.kind == LineKind.CONTEXT and is_elision(row.text)
        else row
    )
