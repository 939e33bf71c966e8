"""Formatting for people: numbers with units, durations, columns, text that is safe to print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cladogen.problem import Metric

# Escape sequences go as a whole, or their tails would stay behind as text.
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?"
)
# C0 and C1 but tab and newline; marks that turn the direction of text or are not seen; undecodable
# bytes.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return text of a program or a model without anything that could steer a terminal."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def one_line(text: str, width: int = 0) -> str:
    """Return printable text in one line, cut to ``width`` where given."""
    line = " ".join(printable(text[: 20 * width] if width else text).split())
    return line if not width or len(line) <= width else line[: max(0, width - 1)] + "…"


def in_columns(*columns: tuple[str, int], last: str = "", width: int = 0) -> str:
    """Return printable texts side by side, each padded to its width, and ``last``; all cut to
    ``width``.
    """
    cells = [one_line(text).ljust(size) for text, size in columns]
    line = " ".join([*cells, one_line(last)]).rstrip()
    return line if not width or len(line) <= width else line[: max(0, width - 1)] + "…"


def number(value: float | None, digits: int = 7) -> str:
    return "none" if value is None else f"{value:.{digits}g}"


def amount(metric: Metric, fitness: float | None, digits: int = 7) -> str:
    """Return a fitness as the metric's own value with its unit: higher-is-better signs are turned
    back.
    """
    if fitness is None:
        return "none"
    return number(metric.sign * fitness + 0.0, digits) + (f" {metric.unit}" if metric.unit else "")


def gain(metric: Metric, change: float | None, noise: float) -> str:
    """Return a change of fitness in words, against the noise of the seed."""
    if change is None:
        return "gain unknown"
    unit = f" {metric.unit}" if metric.unit else ""
    if change == 0.0:
        return "no gain"
    words = f"{'better' if change > 0 else 'worse'} by {number(abs(change), 4)}{unit}"
    if noise <= 0.0:
        return words
    times = abs(change) / noise
    return (
        f"{words}, {times:.1f} x noise"
        if times >= 2
        else f"{words}, within the noise of {number(noise, 2)}{unit}"
    )


def duration(seconds: float) -> str:
    """Return 0.4 s, 12 s, 3 min 20 s, 2 h 05 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}".replace(",", " ")


def named(name: str, text: str) -> str:
    """Return a line of a report: a name in a column of its own, then the text."""
    return f"{name:<9} {text}"
