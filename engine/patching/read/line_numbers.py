"""Numbers in front of lines, as tools show files and models repeat them: "12 | x", "12: x", "12→x",
"    12<tab>x".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

_NUMBERED = re.compile(r"^\s*(?P<number>\d+)(?:\s*[|:│](?P<blank> ?)|→|(?P<tab>\t))(?P<text>.*)$")

_OF_YAML = re.compile(r"\s*(?:-\s|[\w\"'.-]+:(?:\s|$))")


def is_numbered(line: str) -> bool:
    """Whether a line begins as a numbered one does."""
    return bool(_NUMBERED.match(line))


def without_number(line: str) -> str:
    """Return a line without its number and the blank behind it; as it is where it has none."""
    match = _NUMBERED.match(line)
    return match["text"] if match else line


def without_numbers(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Take line numbers off, when every line has one and they count upwards by one."""
    found = list(map(_NUMBERED.match, lines))
    if not _count_up(_numbers(lines)):
        return lines
    spaced = all(match["blank"] or not match["text"] for match in found if match)
    return tuple(_after_number(match, spaced) for match in found)


def numbers_with_a_gap(text: str, base: str) -> str:
    """Return the numbers between which lines of a file's new text are not given, all of whose lines
    are numbered, as in "2 and 4"; "" where none is, and where numbers are what the file holds.
    """
    numbers = _numbers(text.split("\n"))
    if holds_numbers(base) or not _rise(numbers):
        return ""
    gaps = (f"{a} and {b}" for a, b in pairwise(numbers) if b > a + 1)
    return next(gaps, "")


def numbered_either_way(path: str, text: str) -> bool:
    """Whether the lines of a new file, numbered from one to the next, can be what a tool shows as
    well as what the file is to hold: keys of YAML with plain values are keys.
    """
    lines = text.split("\n")
    if not _count_up(_numbers(lines)):
        return False
    yaml = path.endswith((".yaml", ".yml"))
    return not yaml or any(_OF_YAML.match(without_number(line)) for line in lines)


@lru_cache(maxsize=64)  # it is asked for each fence of a reply
def holds_numbers(text: str) -> bool:
    """Whether every line of a text begins as a numbered one does."""
    return bool(_numbers(text.split("\n")))


def _numbers(lines: Sequence[str]) -> list[int]:
    """Return the numbers of all lines that are not blank, [] when one has none; what a tab parts
    from a number at the margin is a table's.
    """
    solid = list(filter(str.strip, lines))
    found = list(filter(None, map(_NUMBERED.match, solid)))
    if len(found) < len(solid) or any(map(_is_of_a_table, found)):
        return []
    return [int(match["number"]) for match in found]


def _is_of_a_table(match: re.Match[str]) -> bool:
    return match["tab"] is not None and match.start("number") == 0


def _count_up(numbers: list[int]) -> bool:
    """Whether there are several numbers, each the one before and one."""
    return len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _after_number(match: re.Match[str] | None, spaced: bool) -> str:
    """Return what stands after a line's number; ``spaced``: a blank parts the two."""
    if match is None:
        return ""
    return match["text"] if spaced else (match["blank"] or "") + match["text"]


def _rise(numbers: list[int]) -> bool:
    """Whether each number is greater than the one before."""
    return all(before < after for before, after in pairwise(numbers))
