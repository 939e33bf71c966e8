"""EVOLVE-BLOCK marks: lines of a file, in comments, between which lies all that may change in it
(AlphaEvolve).
"""

from __future__ import annotations

import re
from itertools import accumulate

MARK = re.compile(r"\bEVOLVE[-_ ]BLOCK[-_ ](START|END)\b")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def marked(text: str) -> bool:
    """Tell whether a file has marks."""
    return "EVOLVE" in text and MARK.search(text) is not None


def stretches(lines: list[str]) -> list[list[str]]:
    """Cut lines into what is outside evolve blocks (with their marks) and inside, in turns."""
    found: list[list[str]] = [[]]
    for line in lines:
        mark = MARK.search(line)
        inside = len(found) % 2 == 0
        opens = mark is not None and mark.group(1) == "START" and not inside
        if mark is not None and mark.group(1) == "END" and inside:
            found.append([])
        found[-1].append(line)
        found += [[]] if opens else []
    return found


def open_spans(text: str) -> list[tuple[int, int]]:
    """Return from where to where a text may change: all of it when it has no marks."""
    if not marked(text):
        return [(0, len(text))]
    parts = stretches(_LINE.findall(text))
    ends = list(accumulate((sum(map(len, lines)) for lines in parts), initial=0))
    return [(ends[k], ends[k + 1]) for k in range(1, len(parts), 2)]


def open_lines(text: str) -> frozenset[int] | None:
    """Return the numbers, from 1, of the lines that may change; None when the text has no marks."""
    if not marked(text):
        return None
    parts = stretches(_LINE.findall(text))
    ends = list(accumulate(map(len, parts), initial=1))
    inside = [range(ends[k], ends[k + 1]) for k in range(1, len(parts), 2)]
    return frozenset(number for numbers in inside for number in numbers)


def fault(text: str) -> str:
    """Say what is wrong with the marks of a text that is to have them, "" when they are in
    pairs.
    """
    start = 0
    for number, line in enumerate(_LINE.findall(text), 1):
        mark = MARK.search(line)
        opens = mark is not None and mark.group(1) == "START"
        if mark is not None and opens is bool(start):
            return _unpaired(f"line {number}: {mark.group()}", start)
        if mark is not None:
            start = number if opens else 0
    if start:
        return f"line {start}: no EVOLVE-BLOCK-END follows"
    return "" if marked(text) else "no EVOLVE-BLOCK-START and EVOLVE-BLOCK-END in it"


def _unpaired(found: str, start: int) -> str:
    return f"{found} inside the block of line {start}" if start else f"{found} closes nothing"
