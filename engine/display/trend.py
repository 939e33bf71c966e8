"""The best so far over time, as a line of bars."""

from __future__ import annotations

BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.-=+*#@"


def sparkline(
    steps: list[tuple[float, float]], now: float, bars: str = BARS, width: int = 32
) -> str:
    """Draw the best so far over time as bars; ``steps`` are (time, best) of each improvement.

    Returns "" before there is a second improvement.
    """
    if len(steps) < 2:
        return ""
    start, low, high = steps[0][0], steps[0][1], steps[-1][1]
    if now <= start or high <= low:
        return ""
    line, at = [], 0
    for column in range(width):
        moment = start + (now - start) * (column + 1) / width
        while at + 1 < len(steps) and steps[at + 1][0] <= moment:
            at += 1
        share = (steps[at][1] - low) / (high - low)
        line.append(bars[min(len(bars) - 1, int(share * len(bars)))])
    return "".join(line)
