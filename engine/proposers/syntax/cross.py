"""Crossover: take an expression or a statement of another program to the matching site of this
one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cladogen.proposers.syntax.edit import Edit, add_line, apply, code_of, put, suits
from cladogen.proposers.syntax.flow import reads
from cladogen.proposers.syntax.infer import Names
from cladogen.proposers.syntax.pick import NothingToDo, pick
from cladogen.proposers.syntax.sites import Site, SourceLine
from cladogen.proposers.syntax.source import Source


def cross(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Take one expression of the donor."""
    if donor is None:
        raise NothingToDo
    site = pick([site for site in source.sites if site.kind.known], rng)
    gift = pick(_expressions_for(source, donor, site, rng), rng)
    if not suits(source, site, gift.kind):
        raise NothingToDo
    return apply(source, put(source, site, code_of(donor, gift.node)))


def _expressions_for(
    source: Source, donor: Source, site: Site, rng: np.random.Generator
) -> list[Site]:
    """Return the donor's expressions that can stand in a site, by turns only those of the matching
    site.
    """
    gifts = list(_gifts(donor, site))
    same = [each for each in gifts if _address(each) == _address(site)]
    chosen = same if same and rng.random() < 0.5 else gifts
    mine = source.get(site.node)
    return [each for each in chosen if donor.get(each.node) != mine]


def _gifts(donor: Source, site: Site) -> Iterator[Site]:
    """Yield the donor's expressions of a site's kind that read nothing which is not known there."""
    for each in donor.sites:
        if _is_alike(site, each) and _given(donor, each.node, site.names):
            yield each


def _is_alike(site: Site, other: Site) -> bool:
    return other.kind == site.kind and other.statement.function == site.statement.function


def graft(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Take one statement of the donor that changes what is bound here too, in place of one like it
    or beside it.
    """
    if donor is None:
        raise NothingToDo
    known = {source.get(line.node) for line in source.lines}
    gift = pick(_statements_of(donor, known), rng)
    spots = [line for line in source.lines if _may_receive(source, donor, line, gift)]
    return apply(source, _grafted(source, spots, gift, donor.get(gift.node), rng))


def _statements_of(donor: Source, known: set[str]) -> list[SourceLine]:
    """Return the donor's statements of one line that are not known."""
    simple = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return
    texts = [(line, donor.get(line.node)) for line in donor.lines if isinstance(line.node, simple)]
    return [line for line, text in texts if text not in known and "\n" not in text]


def _may_receive(source: Source, donor: Source, line: SourceLine, gift: SourceLine) -> bool:
    """Tell whether a donor's statement can stand in place of ``line`` or before it."""
    if line.function != gift.function or not source.alone(line.node):
        return False
    return _given(donor, gift.node, line.names)


def _grafted(
    source: Source, spots: list[SourceLine], gift: SourceLine, text: str, rng: np.random.Generator
) -> Edit:
    alike = [line for line in spots if _stands_for(line, gift)]
    returns = isinstance(gift.node, ast.Return)
    if alike and (returns or rng.random() < 0.5):
        return *source.span(pick(alike, rng).node), text
    if returns:
        raise NothingToDo
    return add_line(source, pick(spots, rng), text)


def _stands_for(line: SourceLine, gift: SourceLine) -> bool:
    return type(line.node) is type(gift.node) and _target(line.node) == _target(gift.node)


def _target(node: ast.stmt) -> str:
    match node:
        case ast.Assign(targets=targets):
            return ", ".join(map(ast.unparse, targets))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return ast.unparse(target)
    return ""


def _given(donor: Source, node: ast.AST, names: Names) -> bool:
    """Tell whether what a donor's text reads is readable where it goes."""
    variables = {name for line in donor.statements for name in line.names}
    return all(name in names for name in reads(node) & variables)


def _address(site: Site) -> tuple[str, ...]:
    """Return the way from the statement down to a site, in words that two programs share."""
    way = [type(each).__name__ for each in site.above]
    return (_target(site.statement.node), *way, type(site.node).__name__)
