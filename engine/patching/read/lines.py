"""Lines of a text: which of them are blank, and where its fences stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_FENCE = re.compile(r"(?m)^[ \t]{0,3}(?:`{3,}|~{3,})")


def is_blank(lines: Iterable[str]) -> bool:
    """Whether all lines are blank."""
    return not any(map(str.strip, lines))


def first_solid(lines: Iterable[str]) -> str:
    """Return the first line that is not blank, "" for none."""
    return next(filter(str.strip, lines), "")


def last_solid(lines: Sequence[str]) -> str:
    """Return the last line that is not blank, "" for none."""
    return first_solid(reversed(lines))


def solid_span(lines: Iterable[str]) -> range:
    """Return the numbers of lines from the first to the last that is not blank."""
    solid = [at for at, line in enumerate(lines) if line.strip()]
    return range(solid[0], solid[-1] + 1) if solid else range(0)


def stripped_lines(texts: Iterable[str]) -> set[str]:
    """Return the lines of texts without the white space at both ends."""
    return {line.strip() for text in texts for line in text.split("\n")}


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines of a text; an empty one has none."""
    return tuple(text.removesuffix("\n").split("\n")) if text else ()


def numbered_lines(text: str) -> list[str]:
    """Return the lines of a file as their numbers count them, without what ends them."""
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def lines_with(pattern: re.Pattern[str], text: str) -> list[tuple[int, str]]:
    """Return the lines of a text in which a pattern is found, each with its number."""
    return [
        (number, line) for number, line in enumerate(text.split("\n"), 1) if pattern.search(line)
    ]


def fence_starts(text: str) -> list[int]:
    """Return where lines of fences start in a text; what is between the first and the second is
    inside.
    """
    return [line.start() for line in _FENCE.finditer(text)]
