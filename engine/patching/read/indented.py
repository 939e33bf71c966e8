"""Code that is indented instead of fenced: "In x.py, replace:", a block, "with:", a block."""

from __future__ import annotations

import re

from cladogen.patching.phrases.replacing import REPLACE, WITH

_INDENT = "    "
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")


def with_fences(lines: list[str]) -> list[str]:
    """Return lines with fences around indented blocks of which one takes the other's place."""
    found, inside = list(lines), _fenced(lines)
    for turn in reversed(range(len(lines))):
        spans = _spans(lines, turn)
        if any(not inside.isdisjoint(span) for span in spans):
            continue
        for span in spans:
            block = [line.removeprefix(_INDENT) for line in lines[span.start : span.stop]]
            found[span.start : span.stop] = ["```", *block, "```"]
    return found


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
    while 0 <= at < len(lines) and not lines[at].strip():
        at += step
    first = at
    while 0 <= at < len(lines) and (lines[at].startswith(_INDENT) or not lines[at].strip()):
        at += step
    block = range(first, at) if step > 0 else range(at + 1, first + 1)
    solid = [line for line in block if lines[line].strip()]
    return range(solid[0], solid[-1] + 1) if solid else range(0)


def _is_announced(lines: list[str], at: int) -> bool:
    """Whether the last words above a line say that something is to be replaced."""
    above = (lines[k] for k in range(at, -1, -1) if lines[k].strip())
    return bool(REPLACE.search(next(above, "")))
