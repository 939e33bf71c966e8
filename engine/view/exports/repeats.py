"""Curves of runs that differ only in their random seed, as one: their median, in a band."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from statistics import median

from cladogen.view.exports.curve import CurveLine


def together(named: Sequence[tuple[str, CurveLine]]) -> list[CurveLine]:
    """Return one line for each setting, in the order in which they come; a setting of one run
    keeps that run's own line.
    """
    groups: dict[str, list[CurveLine]] = {}
    for setting, line in named:
        if line.points:
            groups.setdefault(setting, []).append(line)
    return [
        lines[0] if len(lines) == 1 else _one(setting, lines) for setting, lines in groups.items()
    ]


def _one(setting: str, lines: Sequence[CurveLine]) -> CurveLine:
    """Return the median and the range where all runs are known: neither before the last of them
    begins nor after the first of them is over.
    """
    begin = max(line.points[0][0] for line in lines)
    end = min(line.points[-1][0] for line in lines)
    between = {x for line in lines for x, _ in line.points if begin <= x <= end}
    values = {x: [_at(line, x) for line in lines] for x in sorted(between)}
    return CurveLine(
        f"{len(lines)} runs: {setting}",
        tuple((x, median(known)) for x, known in values.items()),
        tuple((x, min(known), max(known)) for x, known in values.items()),
    )


def _at(line: CurveLine, x: float) -> float:
    """Return the best so far where ``x`` is spent."""
    return line.points[max(0, bisect_right([at for at, _ in line.points], x) - 1)][1]
