"""Lift the numbers of a file into a vector, and write other numbers in their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cladogen.proposers.syntax.code import number
from cladogen.proposers.syntax.edit import apply, put, suits
from cladogen.proposers.syntax.kinds import FLOAT
from cladogen.proposers.syntax.numbers import constants
from cladogen.proposers.syntax.places import Place
from cladogen.proposers.syntax.source import Source
from cladogen.proposers.syntax.table import source_of
from cladogen.proposers.syntax.text import numbers


@dataclass(frozen=True, slots=True, eq=False)
class Lifted:
    """A file with its numbers: each one's value and whether it must stay whole."""

    text: str
    values: tuple[tuple[float, bool], ...]
    source: Source | None
    places: tuple[Place, ...]
    spans: tuple[tuple[int, int], ...]

    def fill(self, values: Mapping[int, float | int]) -> str:
        """Return the file with some numbers, by their position, replaced."""
        changed = {at: value for at, value in values.items() if value != self.values[at][0]}
        if self.source is not None:
            edits = [
                put(self.source, self.places[at], number(value)) for at, value in changed.items()
            ]
            return apply(self.source, *edits)
        text = self.text
        for at, value in sorted(changed.items(), reverse=True):
            start, end = self.spans[at]
            text = text[:start] + repr(value) + text[end:]
        return text


def lift(path: str, text: str) -> Lifted:
    """Return a file's numbers in reading order: by the tree for Python, by their looks for anything
    else.
    """
    source = source_of(text) if path.endswith(".py") else None
    if source is not None:
        found = constants(source)
        values = tuple((value, _stays_whole(source, place, value)) for place, value in found)
        return Lifted(text, values, source, tuple(place for place, _ in found), ())
    spans = tuple(match.span(1) for match in numbers(text))
    written = [text[start:end] for start, end in spans]
    return Lifted(text, tuple((float(each), each.isdigit()) for each in written), None, (), spans)


def _stays_whole(source: Source, place: Place, value: float) -> bool:
    return isinstance(value, int) and not suits(source, place, FLOAT)
