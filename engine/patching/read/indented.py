"""Code that is indented instead of fenced: "In x.py, replace:", a block, "with:", a block."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain

from cladogen.patching.phrases.replacing import REPLACE, WITH
from cladogen.patching.read.lines import last_solid

_INDENT = "    "
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")


def with_fences(lines: list[str]) -> list[str]:
    """Return lines with fences around indented blocks of which one takes the other's place."""
    found, inside = list(lines), _fenced(lines)
    for turn in reversed(range(len(lines))):
        spans = _spans(lines, turn)
        if not inside.isdisjoint(chain(*spans)):
            continue
        for span in spans:
            found[span.start : span.stop] = _in_a_fence(lines[span.start : span.stop])
    return found


def _in_a_fence(block: list[str]) -> list[str]:
    return ["```", *(line.removeprefix(_INDENT) for line in block), "```"]


def _fenced(lines: list[str]) -> set[int]:
    """Return the numbers of the lines of fences, and of what stands in them."""
    borders = [at for at, line in enumerate(lines) if _FENCE.match(line)]
    pairs = zip(borders[::2], [*borders[1::2], len(lines)], strict=False)
    return {at for first, last in pairs for at in range(first, last + 1)}


def _spans(lines: list[str], turn: int) -> tuple[range, ...]:
    """Return the blocks below and above a line that says that one takes the other's place."""
    if not WITH.match(lines[turn]) or lines[turn].startswith(_INDENT):
        return ()
    above, below = _block(lines, turn - 1, -1), _block(lines, turn + 1, 1)
    return (below, above) if below and _is_announced(lines, above.start - 1) else ()


def _block(lines: list[str], at: int, step: int) -> range:
    """Return the indented lines next to a line, above (-1) or below (1), past blank ones."""
    first = _past(lines, at, step, _is_blank)
    end = _past(lines, first, step, _is_of_a_block)
    block = range(first, end) if step > 0 else range(end + 1, first + 1)
    solid = [line for line in block if lines[line].strip()]
    return range(solid[0], solid[-1] + 1) if solid else range(0)


def _past(lines: list[str], at: int, step: int, skipped: Callable[[str], bool]) -> int:
    """Return the next line, up (-1) or down (1), that is not to be skipped."""
    while 0 <= at < len(lines) and skipped(lines[at]):
        at += step
    return at


def _is_blank(line: str) -> bool:
    return not line.strip()


def _is_of_a_block(line: str) -> bool:
    return line.startswith(_INDENT) or _is_blank(line)


def _is_announced(lines: list[str], at: int) -> bool:
    """Whether the last words above a line say that something is to be replaced."""
    return bool(REPLACE.search(last_solid(lines[: at + 1])))
