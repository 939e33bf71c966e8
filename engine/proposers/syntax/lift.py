"""Lift the numbers of a file into a vector, and write other numbers in their places."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from cladogen.proposers.syntax.code import number
from cladogen.proposers.syntax.edit import apply, put, suits
from cladogen.proposers.syntax.kinds import FLOAT
from cladogen.proposers.syntax.numbers import constants
from cladogen.proposers.syntax.sites import Site
from cladogen.proposers.syntax.source import Source
from cladogen.proposers.syntax.table import source_of
from cladogen.proposers.syntax.text import is_length, numbers


@dataclass(frozen=True, slots=True, eq=False)
class Lifted:
    """A file with its numbers: each one's value and whether it must stay whole. ``held`` are the
    positions of indices, powers and lengths, which hold the program together.
    """

    text: str
    values: tuple[tuple[float, bool], ...]
    held: frozenset[int]
    source: Source | None
    sites: tuple[Site, ...]
    spans: tuple[tuple[int, int], ...]

    def fill(self, values: Mapping[int, float | int]) -> str:
        """Return the file with some numbers, by their position, replaced."""
        changed = {at: value for at, value in values.items() if value != self.values[at][0]}
        if self.source is not None:
            edits = [
                put(self.source, self.sites[at], number(value)) for at, value in changed.items()
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
    return _lift_text(text) if source is None else _lift_source(source)


def _lift_source(source: Source) -> Lifted:
    found = constants(source)
    values = tuple((value, _stays_whole(source, site, value)) for site, value in found)
    held = frozenset(at for at, (site, value) in enumerate(found) if _is_held(site, value))
    return Lifted(source.text, values, held, source, tuple(site for site, _ in found), ())


def _lift_text(text: str) -> Lifted:
    found = numbers(text)
    values = tuple((float(match.group(1)), match.group(1).isdigit()) for match in found)
    held = frozenset(at for at, match in enumerate(found) if is_length(text, match))
    return Lifted(text, values, held, None, (), tuple(match.span(1) for match in found))


def _stays_whole(source: Source, site: Site, value: float) -> bool:
    return isinstance(value, int) and not suits(source, site, FLOAT)


def _is_held(site: Site, value: float) -> bool:
    """Tell whether a number is an index, or a whole power."""
    nodes = (*site.above, site.node)
    return isinstance(value, int) and any(_holds(above, below) for above, below in pairwise(nodes))


def _holds(above: ast.AST, below: ast.AST) -> bool:
    if isinstance(above, ast.Subscript):
        return below is above.slice
    is_power = isinstance(above, ast.BinOp) and isinstance(above.op, ast.Pow)
    return is_power and below is above.right  # type: ignore[attr-defined]
