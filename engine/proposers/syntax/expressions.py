"""Operators on whole expressions: put a new one in the place of an old one, build on it, take a
part of it, exchange two.
"""

from __future__ import annotations

import ast

import numpy as np

from cladogen.proposers.syntax.code import CHOICE, OR, Code, binary, call
from cladogen.proposers.syntax.edit import apply, code_of, put, suits, takes
from cladogen.proposers.syntax.grow import Grower
from cladogen.proposers.syntax.kinds import FLOAT, INT, ValueType
from cladogen.proposers.syntax.numbers import grower
from cladogen.proposers.syntax.pick import NothingToDo, pick, weigh
from cladogen.proposers.syntax.sites import Site
from cladogen.proposers.syntax.source import Source


def replace(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Put a new expression in the place of an old one, small ones more often."""
    found = [site for site in source.sites if site.kind.known]
    if not found:
        raise NothingToDo
    site = found[weigh([_smallness(source, site) for site in found], rng)]
    grow, wanted = grower(source, site, rng), _wanted(source, site, rng)
    code = grow.expression(wanted, int(rng.integers(0, 3)))
    return apply(source, put(source, site, code))


def _smallness(source: Source, site: Site) -> float:
    return 1.0 / (1.0 + len(site.node._fields) * (len(source.get(site.node)) / 8))


def _wanted(source: Source, site: Site, rng: np.random.Generator) -> ValueType:
    """Return the kind to write in a site: its own, or a wider one where the expression above takes
    it.
    """
    wide = _wider(source, site, rng)
    if wide:
        return pick(wide, rng)
    narrower = site.kind.base == "array" and rng.random() < 0.3
    if (narrower or site.kind == INT) and suits(source, site, FLOAT):
        return FLOAT
    return site.kind


def _wider(source: Source, site: Site, rng: np.random.Generator) -> list[ValueType]:
    return _arrays_taken(source, site) if site.kind.number and rng.random() < 0.5 else []


def _arrays_taken(source: Source, site: Site) -> list[ValueType]:
    """Return the kinds of readable arrays that may stand in a site."""
    shapes = {kind.shape for kind in site.names.values() if kind.base == "array"}
    arrays = [ValueType("array", shape) for shape in sorted(shapes)]
    return [kind for kind in arrays if suits(source, site, kind)]


def wrap(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Build an old expression into a larger new one: an operation, a function, a choice."""
    found = [site for site in source.sites if site.kind.base in _GROWN]
    site = pick(found, rng)
    grow, old = grower(source, site, rng), code_of(source, site.node)
    return apply(source, put(source, site, _GROWN[site.kind.base](grow, old, site.kind)))


def _grown_array(grow: Grower, old: Code, kind: ValueType) -> Code:
    """Return ``old`` inside a larger array of its shape."""
    plain = grow.rng.random() < 0.4
    other = grow.expression(FLOAT if plain else kind, 1)
    way = grow.rng.random()
    if grow.np and way < 0.4:
        return _masked(grow, old, other, kind)
    return grow.wrap(old) if way < 0.55 else _combined(grow, old, other)


def _grown_number(grow: Grower, old: Code, kind: ValueType) -> Code:
    other = grow.expression(kind, 1)
    return _chosen(grow, old, other) if grow.rng.random() < 0.2 else _combined(grow, old, other)


def _grown_mask(grow: Grower, old: Code, kind: ValueType) -> Code:
    other = grow.expression(kind, 1)
    return binary(old, pick("&|", grow.rng), other)


def _grown_test(grow: Grower, old: Code, kind: ValueType) -> Code:
    other = grow.expression(kind, 1)
    return binary(old, pick(("and", "or"), grow.rng), other)


_GROWN = {
    "array": _grown_array,
    "float": _grown_number,
    "mask": _grown_mask,
    "bool": _grown_test,
}


def _masked(grow: Grower, old: Code, other: Code, kind: ValueType) -> Code:
    mask = grow.mask(kind.shape, 1)
    arms = (old, other) if grow.rng.random() < 0.5 else (other, old)
    return call(f"{grow.np}.where", mask, *arms)


def _chosen(grow: Grower, old: Code, other: Code) -> Code:
    test = grow.test(1)
    return Code(f"{old.at(OR)} if {test.text} else {other.at(OR)}", CHOICE)


def _combined(grow: Grower, old: Code, other: Code) -> Code:
    symbol = ("+", "-", "*", "/")[weigh((4, 3, 3, 1), grow.rng)]
    if symbol == "/":
        return binary(old, "/", grow.constant())
    first = grow.rng.random() < 0.8 or symbol != "-"
    return binary(old, symbol, other) if first else binary(other, symbol, old)


def hoist(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Put a part of an expression in the place of the whole."""
    found = [p for p in source.sites if not isinstance(p.node, ast.Name | ast.Constant)]
    site = pick(found, rng)
    inside = [each for each in source.sites if _may_replace(source, site, each)]
    return apply(source, put(source, site, code_of(source, pick(inside, rng).node)))


def _may_replace(source: Source, whole: Site, part: Site) -> bool:
    if whole.node not in part.above or part.names is not whole.names:
        return False
    return takes(source, whole, part.kind)


def exchange(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Exchange two expressions of one function, or copy one over the other."""
    found = [site for site in source.sites if site.kind.known]
    one = pick(found, rng)
    two = pick([each for each in found if _may_be_exchanged(source, one, each)], rng)
    if not _are_readable_exchanged(source, one, two):
        raise NothingToDo
    edits = [put(source, one, code_of(source, two.node))]
    if rng.random() < 0.5:
        edits.append(put(source, two, code_of(source, one.node)))
    return apply(source, *edits)


def _may_be_exchanged(source: Source, one: Site, two: Site) -> bool:
    return _is_apart(one, two) and _differs(source, one, two)


def _are_readable_exchanged(source: Source, one: Site, two: Site) -> bool:
    return readable(source, one.node, two) and readable(source, two.node, one)


def _is_apart(one: Site, other: Site) -> bool:
    """Tell whether two sites lie in one function, neither inside the other."""
    if one.statement.function != other.statement.function:
        return False
    nested = other.node in (one.node, *one.above) or one.node in other.above
    return not nested


def _differs(source: Source, one: Site, other: Site) -> bool:
    return other.kind == one.kind and source.get(other.node) != source.get(one.node)


def readable(source: Source, node: ast.expr, site: Site) -> bool:
    """Tell whether every name of an expression is readable at a site, or was not a variable to
    begin with.
    """
    bound = {name for line in source.statements for name in line.names}
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return all(name in site.names for name in names & bound)
