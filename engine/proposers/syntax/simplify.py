"""Simplify: every way to make a program a little shorter, and the ones that cannot change what it
does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cladogen.proposers.syntax.code import number
from cladogen.proposers.syntax.edit import apply, code_of, put, remove_line, suits
from cladogen.proposers.syntax.flow import dispensable_lines
from cladogen.proposers.syntax.numbers import constants
from cladogen.proposers.syntax.pick import pick, rounded
from cladogen.proposers.syntax.sites import Site, SourceLine
from cladogen.proposers.syntax.source import Source
from cladogen.proposers.syntax.statements import unwrapped
from cladogen.proposers.syntax.tidy import tidy

WIDTH = 100


def simplify(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Make the program shorter; whether the score stays is for the evaluation to say."""
    return pick(reductions(source), rng)


def reductions(source: Source) -> list[str]:
    """Return the file made shorter in one place, in every way known here, the shortest first."""
    texts = [
        tidy(source),
        *_without_lines(source),
        *_inlined(source),
        *_with_parts(source),
        *_rounded(source),
    ]
    shorter = {text for text in texts if weight(text) < weight(source.text)}
    return sorted(shorter, key=lambda text: (weight(text), text))


def weight(text: str) -> int:
    """Return how much there is to read: characters that are not space."""
    return sum(map(len, text.split()))


def _without_lines(source: Source) -> list[str]:
    found = dispensable_lines(source)
    whole = [apply(source, remove_line(source, line)) for line in found]
    return whole + [unwrapped(source, line) for line in found if _is_bare_condition(line.node)]


def _is_bare_condition(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and not node.orelse


def _with_parts(source: Source) -> list[str]:
    """Return the file with a direct part of an expression in the expression's place."""
    return [
        apply(source, put(source, whole, code_of(source, part.node)))
        for part, whole in _direct_parts(source)
        if _may_stand_for(source, part, whole)
    ]


def _direct_parts(source: Source) -> Iterator[tuple[Site, Site]]:
    """Yield the sites that are direct parts of others, with those."""
    known = [site for site in source.sites if site.kind.known]
    wholes: dict[ast.AST, Site] = {site.node: site for site in known}
    for part in known:
        if part.parent in wholes:
            yield part, wholes[part.parent]


def _may_stand_for(source: Source, part: Site, whole: Site) -> bool:
    return part.names is whole.names and suits(source, whole, part.kind)


def _rounded(source: Source) -> list[str]:
    """Return the file with one number written with a digit less."""
    return [
        apply(source, put(source, site, number(value)))
        for site, long in constants(source)
        for value in _shorter_numbers(long)
    ]


def _shorter_numbers(value: float) -> list[float | int]:
    """Return a fraction with a digit less, with one or two digits, and as a whole number."""
    if isinstance(value, int):
        return []
    digits = len(f"{abs(value):.12g}".replace(".", "").strip("0"))
    short = {rounded(value, kept) for kept in (1, 2, max(1, digits - 1))} - {value}
    whole = round(value)
    return [*sorted(short), *[whole] * (whole != 0)]


def _inlined(source: Source) -> list[str]:
    """Return the file with a variable's value in the one place that reads it, in the next
    statement.
    """
    texts = [_inlined_line(source, line) for line in source.lines if source.alone(line.node)]
    return [text for text in texts if text and max(map(len, text.splitlines())) <= WIDTH]


def _inlined_line(source: Source, line: SourceLine) -> str:
    match line.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            readers = [site for site in source.sites if _reads_below(site, name, line)]
            if len(readers) == 1 and readers[0].statement.node is line.following:
                edit = put(source, readers[0], code_of(source, value))
                return apply(source, remove_line(source, line), edit)
    return ""


def _reads_below(site: Site, name: str, line: SourceLine) -> bool:
    if not isinstance(site.node, ast.Name) or site.node.id != name:
        return False
    return site.statement.node.lineno > line.node.lineno
