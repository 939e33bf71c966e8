"""Edits that say by numbers which lines go: "replace lines 10-14 with", <edit start="10" end="14">.

A number alone is no evidence: models miscount. Such an edit is made where what comes is more like
the lines of these numbers than like any others around them, and refused otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from cladogen.errors import PatchRefused
from cladogen.patching.edits import FileEdit
from cladogen.patching.read.blocks import block_edit
from cladogen.patching.read.lines import first_solid, numbered_lines
from cladogen.patching.read.names import mentioned, named_by, only, same_file

_AROUND = 3  # lines by which a range may be miscounted at either end
_LEAST = 0.5  # of the words of the shorter side are the other's, too
_LONGEST = 300  # lines of a range that is looked at
_WORD = re.compile(r"\w+|[^\w\s]")

_NUMBERS = (
    r"(?P<first>\d{1,6})(?:\s*(?:-|–|—|\.\.|:|,|to|through|and|bis|à)\s*L?(?P<last>\d{1,6}))?"
)
_TOLD = re.compile(rf"\b(?:lines?|L|rows?|Zeilen?|lignes?|líneas?)\s*#?{_NUMBERS}\b", re.IGNORECASE)
_PUTS_BESIDE = re.compile(
    r"\b(?:add|insert|append|prepend|put|after|before|around|near|below|above|from)\b",
    re.IGNORECASE,
)
_OF_INFO = re.compile(
    r"^(?:\w+\s+)?(?:(?P<first>\d+):(?P<last>\d+):(?P<name>\S+)|"
    r"(?P<path>[\w./-]+\.\w+)(?:#L|:)(?P<from>\d+)(?:-L?(?P<to>\d+))?)$"
)
_FIRST_KEYS = ("start_line", "line_start", "start", "first_line", "from_line", "begin_line")
_LAST_KEYS = ("end_line", "line_end", "end", "last_line", "to_line")
_BOTH_KEYS = ("lines", "line_range", "range")

Texts = Mapping[str, str]
Span = tuple[int, int]  # the first and the last line, from 1


def told_span(value: Mapping[str, Any]) -> Span | None:
    """Return the lines that an object of JSON says it replaces, None where it says none."""
    both = _given(value, _BOTH_KEYS)
    if isinstance(both, list) and len(both) == 2:
        return _span(*both)
    if isinstance(both, str) and (found := re.fullmatch(rf"L?{_NUMBERS}", both.strip())):
        return _of_numbers(found)
    return _span(_given(value, _FIRST_KEYS), _given(value, _LAST_KEYS))


def _given(value: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((value[key] for key in keys if key in value), None)


def told_above(info: str, above: Sequence[str], texts: Texts) -> tuple[str, Span] | None:
    """Return the file and the lines that a fence takes the place of, by its info string or the
    line above it; None for no such fence.
    """
    found = _OF_INFO.match(info.strip())
    path, span = _in_info(found, texts) if found else _in_prose(info, above, texts)
    return (path, span) if path and span else None


def _in_info(found: re.Match[str], texts: Texts) -> tuple[str, Span | None]:
    first = found["first"] or found["from"]
    span = _span(first, found["last"] or found["to"] or first)
    return same_file(found["name"] or found["path"], texts), span


def _in_prose(info: str, above: Sequence[str], texts: Texts) -> tuple[str, Span | None]:
    names = (mentioned(one, texts) or named_by(one, texts) for one in (*above[:-3:-1], info))
    path = same_file(next(filter(None, names), ""), texts) or only(texts)
    return path, _named_by_line(above[-1]) if above else None


def _named_by_line(line: str) -> Span | None:
    """Return the lines that one of prose names, where it names one range and nothing beside it."""
    if len(line) > 300 or _PUTS_BESIDE.search(line):
        return None
    told = list(_TOLD.finditer(line))
    return _of_numbers(told[0]) if len(told) == 1 else None


def _of_numbers(found: re.Match[str]) -> Span | None:
    return _span(found["first"], found["last"] or found["first"])


def _span(first: Any, last: Any) -> Span | None:
    """Return two numbers as a span, None where one of them is none."""
    numbers = [str(one).strip() for one in (first, last)]
    if not all(re.fullmatch(r"\d{1,6}", one) for one in numbers):
        return None
    return int(numbers[0]), int(numbers[1])


def replaced(path: str, span: Span, put: Sequence[str], texts: Texts) -> FileEdit:
    """Return the edit that puts lines in the place of those with the numbers of a span; raises
    PatchRefused where nothing but the numbers says that they are meant.
    """
    lines = numbered_lines(texts[path])
    first, last = span
    if not 1 <= first <= last <= len(lines):
        raise PatchRefused(
            "removed-lines-not-found",
            f"{path}: no lines {first} to {last}; the file has {len(lines)}",
        )
    if not _is_meant(lines, span, put):
        raise PatchRefused(
            "ambiguous-context",
            f"{path}: the reply names lines {first} to {last} by their numbers alone, and what it "
            "gives for them is not like them; show the lines that go, in a diff or a "
            "SEARCH/REPLACE block",
        )
    old = lines[first - 1 : last]
    return block_edit(tuple(old), tuple(_shifted(put, old)), path, line=first)


def _is_meant(lines: Sequence[str], span: Span, put: Sequence[str]) -> bool:
    """Whether lines are more like those of a span than like those of any span next to it."""
    if max(span[1] - span[0], len(put)) > _LONGEST:
        return False
    new, old = _words(put), _solid(lines, span)
    same, likeness = _compared(new, _words(old))
    if not new or same < _LEAST * min(len(new), len(_words(old))):
        return False
    others = (_solid(lines, one) for one in _near(span, len(lines)))
    return all(each == old or _compared(new, _words(each))[1] < likeness for each in others)


def _near(span: Span, count: int) -> Iterator[Span]:
    for down in range(-_AROUND, _AROUND + 1):
        for up in range(-_AROUND, _AROUND + 1):
            first, last = span[0] + down, span[1] + up
            if 1 <= first <= last <= count:
                yield first, last


def _solid(lines: Sequence[str], span: Span) -> list[str]:
    return list(filter(str.strip, lines[span[0] - 1 : span[1]]))


def _words(lines: Sequence[str]) -> list[str]:
    return [word for line in lines for word in _WORD.findall(line)]


def _compared(new: list[str], old: list[str]) -> tuple[int, float]:
    """Return how many words two texts share in order, and their share of both."""
    blocks = SequenceMatcher(None, new, old, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    return same, 2 * same / max(1, len(new) + len(old))


def _shifted(put: Sequence[str], old: Sequence[str]) -> Iterator[str]:
    """Yield lines at the depth of those that they take the place of, where they have none."""
    first, shown = first_solid(old), first_solid(put)
    depth = first[: len(first) - len(first.lstrip())]
    flat = bool(depth) and not shown[:1].isspace()
    yield from (depth + line if flat and line.strip() else line for line in put)
