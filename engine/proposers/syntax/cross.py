"""Crossover: take an expression or a statement of another program to the matching place of this
one.
"""

from __future__ import annotations

import ast

import numpy as np

from cladogen.proposers.syntax.code import Code, level_of
from cladogen.proposers.syntax.edit import add_line, apply, put, suits
from cladogen.proposers.syntax.grow import pick
from cladogen.proposers.syntax.source import Place, Source, SourceLine


def cross(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Take one expression of the donor."""
    if donor is None:
        return None
    found = [place for place in source.places if place.kind.base != "other"]
    if not found:
        return None
    place = pick(found, rng)
    gifts = [
        each for each in donor.places
        if each.kind == place.kind and each.statement.function == place.statement.function
        and _given(donor, each.node, place.names)
    ]  # fmt: skip
    same = [each for each in gifts if _address(each) == _address(place)]
    mine = source.get(place.node)
    gifts = [
        each
        for each in (same if same and rng.random() < 0.5 else gifts)
        if donor.get(each.node) != mine
    ]
    if not gifts:
        return None
    gift = pick(gifts, rng)
    if not suits(source, place, gift.kind):
        return None
    return apply(source, put(source, place, Code(donor.get(gift.node), level_of(gift.node))))


def graft(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Take one statement of the donor that changes what is bound here too, in place of one like it
    or beside it.
    """
    if donor is None:
        return None
    texts = {source.get(line.node) for line in source.lines}
    gifts = [
        line for line in donor.lines
        if donor.get(line.node) not in texts and "\n" not in donor.get(line.node)
        and isinstance(line.node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return)
    ]  # fmt: skip
    if not gifts:
        return None
    gift = pick(gifts, rng)
    text = donor.get(gift.node)
    alike = [
        line for line in source.lines if source.alone(line.node) and _stands_for(source, line, gift)
    ]
    alike = [line for line in alike if _given(donor, gift.node, line.names)]
    if alike and (isinstance(gift.node, ast.Return) or rng.random() < 0.5):
        return apply(source, (*source.span(pick(alike, rng).node), text))
    spots = [
        line
        for line in source.lines
        if source.alone(line.node)
        and line.function == gift.function
        and _given(donor, gift.node, line.names)
    ]
    if not spots or isinstance(gift.node, ast.Return):
        return None
    return apply(source, add_line(source, pick(spots, rng), text))


def _stands_for(source: Source, line: SourceLine, gift: SourceLine) -> bool:
    if type(line.node) is not type(gift.node) or line.function != gift.function:
        return False
    return _target(line.node) == _target(gift.node)


def _target(node: ast.stmt) -> str:
    match node:
        case ast.Assign(targets=targets):
            return ", ".join(ast.unparse(each) for each in targets)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return ast.unparse(target)
    return ""


def _given(donor: Source, node: ast.AST, names: object) -> bool:
    """Tell whether what a donor's text reads is readable where it goes."""
    assert isinstance(names, dict)
    variables = {name for line in donor.lines for name in line.names}
    read = {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }
    return all(name in names for name in read & variables)


def _address(place: Place) -> tuple[str, ...]:
    """Return the way from the statement down to a place, in words that two programs share."""
    way = [type(each).__name__ for each in place.above]
    return (_target(place.statement.node), *way, type(place.node).__name__)
