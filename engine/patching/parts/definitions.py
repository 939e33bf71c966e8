"""The definitions of a text: functions, classes with their members, named values, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cladogen.patching.parts.braces import Statement, statements
from cladogen.patching.parts.languages import FILL, Blocks, Language

_HEADER = re.compile(
    r"[ \t]*(?:(?:async|local|abstract|mutable|static)\s+)*"
    r"(?P<word>def|class|cdef|cpdef|proc|func|function|method|macro|struct|module)"
    r"\s+(?P<name>[\w.:]*\w[!?]?)"
)
_VALUE = re.compile(r"(?:local\s+|const\s+)?(?P<name>[A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)")
_CONTAINERS = ("class", "struct", "module")


@dataclass(frozen=True, slots=True)
class Definition:
    """A name with its lines, from ``first`` to ``last``, numbered from 0; ``members`` lie inside.

    ``head`` is the text in front of its body, without blanks: it tells overloads apart.
    """

    name: str
    first: int
    last: int
    head: str
    members: tuple[Definition, ...] = ()
    value: bool = False

    def covers(self, line: int) -> bool:
        return self.first <= line <= self.last

    @property
    def numbers(self) -> range:
        """The numbers of its lines."""
        return range(self.first, self.last + 1)


def definitions(text: str, language: Language | None) -> tuple[Definition, ...]:
    """Return what a text defines at its outermost level, in order; () when that is not known."""
    if language is None:
        return ()
    code = language.code(text)
    if language.blocks is Blocks.BRACES:
        return tuple(_braced(statements(code, language.line_ends), code))
    return tuple(_indented(code.split("\n"), 0, None, language.blocks))


def every(found: tuple[Definition, ...]) -> Iterator[tuple[tuple[str, ...], Definition]]:
    """Yield each definition with its path, members after what they lie in."""
    for one in found:
        yield (one.name,), one
        for path, member in every(one.members):
            yield (one.name, *path), member


def _braced(found: tuple[Statement, ...], code: str) -> Iterator[Definition]:
    for one in found:
        first, last = code.count("\n", 0, one.start), code.count("\n", 0, one.end)
        members = tuple(_braced(one.inside, code))
        if one.name:
            yield Definition(one.name, first, last, one.head, members, one.value)
        else:
            yield from members


# -- blocks by indentation


def _indented(
    lines: list[str], start: int, stop: int | None, blocks: Blocks
) -> Iterator[Definition]:
    """Yield the definitions of the outermost level between two lines."""
    end = len(lines) if stop is None else stop
    depth = min(map(_depth, filter(_is_solid, lines[start:end])), default=0)
    at = start
    while at < end:
        one = _at(lines, at, end, depth, blocks) if _depth(lines[at]) == depth else None
        if one is not None:
            yield one
        at = at + 1 if one is None else one.last + 1


def _at(lines: list[str], at: int, end: int, depth: int, blocks: Blocks) -> Definition | None:
    """Return the definition that starts at a line, its decorators with it."""
    head = _below_decorators(lines, at, end, depth)
    match = _HEADER.match(lines[head]) if head < end else None
    if match is None:
        return _value(lines, at, end)
    last = _last_line(lines, head, end, depth, blocks)
    inside: tuple[Definition, ...] = ()
    if match["word"] in _CONTAINERS and last > head:
        inside = tuple(_indented(lines, head + 1, last + 1, blocks))
    return Definition(match["name"], at, last, _head(lines, head, last), inside)


def _below_decorators(lines: list[str], at: int, end: int, depth: int) -> int:
    """Return the first line from one on that no decorator takes."""
    while at < end and lines[at].lstrip().startswith("@"):
        at = _last_line(lines, at, end, depth, Blocks.INDENT) + 1
    return at


def _head(lines: list[str], first: int, last: int) -> str:
    """Return a header without blanks, all of it when its brackets go on over several lines."""
    said = ""
    for line in lines[first : last + 1]:
        said += "".join(line.split())
        if said.count("(") <= said.count(")"):
            break
    return said


def _value(lines: list[str], at: int, end: int) -> Definition | None:
    match = _VALUE.match(lines[at])
    if match is None:
        return None
    last = _last_line(lines, at, end, 0, Blocks.INDENT)
    return Definition(match["name"], at, last, match["name"], value=True)


def _last_line(lines: list[str], at: int, end: int, depth: int, blocks: Blocks) -> int:
    """Return the last line of the block that starts at a line of some depth."""
    last = at
    for line in range(at + 1, end):
        if not _goes_on(lines[line], depth):
            closes = blocks is Blocks.END and re.match(r"\s*end\b", lines[line])
            return line if closes else last
        if _is_solid(lines[line]):
            last = line
    return last


def _goes_on(line: str, depth: int) -> bool:
    """Whether a line is part of the block above it: blank, deeper, or the rest of a bracket."""
    return not _is_solid(line) or _depth(line) > depth or line.lstrip()[0] in f")]}}{FILL}"


def _is_solid(line: str) -> bool:
    return bool(line.strip())


def _depth(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())
