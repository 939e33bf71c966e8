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
from cladogen.proposers.syntax.places import Place
from cladogen.proposers.syntax.source import Source


def replace(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Put a new expression in the place of an old one, small ones more often."""
    found = [place for place in source.places if place.kind.known]
    if not found:
        raise NothingToDo
    place = found[weigh([_smallness(source, place) for place in found], rng)]
    grow, wanted = grower(source, place, rng), _wanted(source, place, rng)
    code = grow.expression(wanted, int(rng.integers(0, 3)))
    return apply(source, put(source, place, code))


def _smallness(source: Source, place: Place) -> float:
    return 1.0 / (1.0 + len(place.node._fields) * (len(source.get(place.node)) / 8))


def _wanted(source: Source, place: Place, rng: np.random.Generator) -> ValueType:
    """Return the kind to write in a place: its own, or a wider one where the expression above takes
    it.
    """
    if place.kind.number and rng.random() < 0.5:
        wide = _arrays_taken(source, place)
        if wide:
            return pick(wide, rng)
    if place.kind.base == "array" and rng.random() < 0.3 and suits(source, place, FLOAT):
        return FLOAT
    if place.kind == INT and suits(source, place, FLOAT):
        return FLOAT
    return place.kind


def _arrays_taken(source: Source, place: Place) -> list[ValueType]:
    """Return the kinds of readable arrays that may stand in a place."""
    shapes = {kind.shape for kind in place.names.values() if kind.base == "array"}
    arrays = [ValueType("array", shape) for shape in sorted(shapes)]
    return [kind for kind in arrays if suits(source, place, kind)]


def wrap(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Build an old expression into a larger new one: an operation, a function, a choice."""
    found = [place for place in source.places if place.kind.base in _GROWN]
    place = pick(found, rng)
    grow, old = grower(source, place, rng), code_of(source, place.node)
    return apply(source, put(source, place, _GROWN[place.kind.base](grow, old, place.kind)))


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
    found = [p for p in source.places if not isinstance(p.node, ast.Name | ast.Constant)]
    place = pick(found, rng)
    inside = [each for each in source.places if _may_replace(source, place, each)]
    return apply(source, put(source, place, code_of(source, pick(inside, rng).node)))


def _may_replace(source: Source, whole: Place, part: Place) -> bool:
    if whole.node not in part.above or part.names is not whole.names:
        return False
    return takes(source, whole, part.kind)


def exchange(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Exchange two expressions of one function, or copy one over the other."""
    found = [place for place in source.places if place.kind.known]
    one = pick(found, rng)
    others = [each for each in found if _is_apart(one, each) and _differs(source, one, each)]
    two = pick(others, rng)
    if not readable(source, one.node, two) or not readable(source, two.node, one):
        raise NothingToDo
    edits = [put(source, one, code_of(source, two.node))]
    if rng.random() < 0.5:
        edits.append(put(source, two, code_of(source, one.node)))
    return apply(source, *edits)


def _is_apart(one: Place, other: Place) -> bool:
    """Tell whether two places lie in one function, neither inside the other."""
    if one.statement.function != other.statement.function:
        return False
    nested = other.node in (one.node, *one.above) or one.node in other.above
    return not nested


def _differs(source: Source, one: Place, other: Place) -> bool:
    return other.kind == one.kind and source.get(other.node) != source.get(one.node)


def readable(source: Source, node: ast.expr, place: Place) -> bool:
    """Tell whether every name of an expression is readable at a place, or was not a variable to
    begin with.
    """
    bound = {name for line in source.statements for name in line.names}
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return all(name in place.names for name in names & bound)
