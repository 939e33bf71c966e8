"""EVOLVE-BLOCK markers: lines of a file, in comments, between which lies all that may change in it
(AlphaEvolve).
"""

from __future__ import annotations

import re
from itertools import accumulate

MARKER = re.compile(r"\bEVOLVE[-_ ]BLOCK[-_ ](START|END)\b")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def has_markers(text: str) -> bool:
    """Tell whether a file has markers."""
    return "EVOLVE" in text and MARKER.search(text) is not None


def stretches(lines: list[str]) -> list[list[str]]:
    """Cut lines into what is outside evolve blocks (with their markers) and inside, in turns."""
    found: list[list[str]] = [[]]
    for line in lines:
        word = _marked(line)
        inside = len(found) % 2 == 0
        if word == "END" and inside:
            found.append([])
        found[-1].append(line)
        if word == "START" and not inside:
            found.append([])
    return found


def _marked(line: str) -> str:
    """Return START or END for a marker, "" for another line."""
    marker = MARKER.search(line)
    return "" if marker is None else marker[1]


def open_spans(text: str) -> list[tuple[int, int]]:
    """Return from where to where a text may change: all of it when it has no markers."""
    if not has_markers(text):
        return [(0, len(text))]
    parts = stretches(_LINE.findall(text))
    ends = list(accumulate((sum(map(len, lines)) for lines in parts), initial=0))
    return [(ends[k], ends[k + 1]) for k in range(1, len(parts), 2)]


def open_lines(text: str) -> frozenset[int] | None:
    """Return the numbers, from 1, of lines that may change; None when the text has no markers."""
    if not has_markers(text):
        return None
    parts = stretches(_LINE.findall(text))
    ends = list(accumulate(map(len, parts), initial=1))
    inside = [range(ends[k], ends[k + 1]) for k in range(1, len(parts), 2)]
    return frozenset(number for numbers in inside for number in numbers)


def fault(text: str) -> str:
    """Say what is wrong with the markers of a text that is to have them, "" when they are in
    pairs.
    """
    start = 0
    for number, line in enumerate(_LINE.findall(text), 1):
        marker = MARKER.search(line)
        if marker is None:
            continue
        opens = marker[1] == "START"
        if opens is bool(start):
            return _unpaired(f"line {number}: {marker[0]}", start)
        start = number if opens else 0
    if start:
        return f"line {start}: no EVOLVE-BLOCK-END follows"
    return "" if has_markers(text) else "no EVOLVE-BLOCK-START and EVOLVE-BLOCK-END in it"


def _unpaired(found: str, start: int) -> str:
    return f"{found} inside the block of line {start}" if start else f"{found} closes nothing"
