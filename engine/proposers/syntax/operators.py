"""Operators on one Python file: each makes a changed text, or None where it found nothing to do.

An operator gets the file, a donor file of another program (or None) and a generator of random
numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from cladogen.proposers.syntax.code import COMPARE, Code, binary, call, negative, number, symbol_of
from cladogen.proposers.syntax.edit import Edit, apply, code_of, put, suits
from cladogen.proposers.syntax.grow import Grower, pick, rounded, weigh
from cladogen.proposers.syntax.kinds import FLOAT, INT, ValueType, words
from cladogen.proposers.syntax.source import Place, Source

Operator = Callable[[Source, Source | None, np.random.Generator], str | None]


def numeric(place: Place) -> float | int | None:
    """Return the number a place holds, a minus sign included, or None."""
    node, sign = place.node, 1
    if isinstance(place.parent, ast.UnaryOp) and isinstance(place.parent.op, ast.USub):
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        return sign * node.value
    return None


def constants(source: Source) -> list[tuple[Place, float | int]]:
    """Return every number that may change."""
    found = ((place, numeric(place)) for place in source.places)
    return [(place, value) for place, value in found if value is not None]


def grower(source: Source, place: Place, rng: np.random.Generator) -> Grower:
    return Grower(source, place.names, [float(value) for _, value in constants(source)], rng)


def constant(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Change one number, now and then several."""
    found = constants(source)
    if not found:
        return None
    chosen = {int(rng.random() * len(found))}
    while rng.random() < 0.25:
        chosen.add(int(rng.random() * len(found)))
    edits = []
    for index in sorted(chosen):
        place, value = found[index]
        changed = _moved(value, suits(source, place, FLOAT), rng)
        if changed != value:
            edits.append(put(source, place, number(changed)))
    return apply(source, *edits) if edits else None


def _moved(value: float, real: bool, rng: np.random.Generator) -> float | int:
    """Return a number near ``value``: a step for a whole one, a factor for a fraction."""
    way = rng.random()
    if way < 0.05:
        return -value
    if isinstance(value, int) and (not real or rng.random() < 0.75):
        if way < 0.65 or value == 0:
            return value + int(pick((-1, 1), rng)) * int(rng.geometric(0.45))
        return round(value * float(np.exp(rng.normal(0, 0.4))))
    spread = pick((0.03, 0.15, 0.6), rng)
    if value == 0:
        return rounded(float(rng.normal(0, spread)), 2)
    moved = rounded(float(value * np.exp(rng.normal(0, spread))), 3)
    return moved if real else round(moved)


_SWAPS = {
    "+": ("-", "*"),
    "-": ("+", "*", "/"),
    "*": ("/", "+", "-"),
    "/": ("*", "-"),
    "//": ("/", "%"),
    "%": ("//", "-"),
    "**": ("*",),
    "&": ("|",),
    "|": ("&",),
}
_TESTS = {
    ast.Lt: ("<=", ">"),
    ast.LtE: ("<", ">="),
    ast.Gt: (">=", "<"),
    ast.GtE: (">", "<="),
    ast.Eq: ("<=", ">=", "!="),
    ast.NotEq: ("==",),
}


def operator(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Exchange an arithmetic, comparing or logical operator for another."""
    found = [p for p in source.places if isinstance(p.node, ast.BinOp | ast.Compare | ast.BoolOp)]
    if not found:
        return None
    place = pick(found, rng)
    code = _swapped(source, place.node, rng)
    if code is None or (place.kind == INT and "/" in code.text and not suits(source, place, FLOAT)):
        return None
    return apply(source, put(source, place, code))


def _swapped(source: Source, node: ast.expr, rng: np.random.Generator) -> Code | None:
    if isinstance(node, ast.BinOp):
        left, right, symbol = (
            code_of(source, node.left),
            code_of(source, node.right),
            symbol_of(node),
        )
        if rng.random() < 0.2 and symbol in "-/":
            return binary(right, symbol, left)
        return binary(left, pick(_SWAPS[symbol], rng), right) if symbol in _SWAPS else None
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _TESTS:
        symbol = pick(_TESTS[type(node.ops[0])], rng)
        return binary(code_of(source, node.left), symbol, code_of(source, node.comparators[0]))
    if isinstance(node, ast.BoolOp) and len(node.values) == 2:
        symbol = "or" if isinstance(node.op, ast.And) else "and"
        return binary(code_of(source, node.values[0]), symbol, code_of(source, node.values[1]))
    return None


def _known(place: Place) -> bool:
    return place.kind.base != "other"


def replace(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Put a new expression in the place of an old one, small ones more often."""
    found = [place for place in source.places if _known(place)]
    if not found:
        return None
    sizes = [
        1.0 / (1.0 + len(place.node._fields) * (len(source.get(place.node)) / 8)) for place in found
    ]
    place = found[weigh(sizes, rng)]
    code = grower(source, place, rng).expression(
        _wanted(source, place, rng), int(rng.integers(0, 3))
    )
    if code is None or code.text == source.get(place.node):
        return None
    return apply(source, put(source, place, code))


def _wanted(source: Source, place: Place, rng: np.random.Generator) -> ValueType:
    """Return the kind to write in a place: its own, or a wider one where the expression above takes
    it.
    """
    if place.kind.number and rng.random() < 0.5:
        shapes = {kind.shape for kind in place.names.values() if kind.base == "array"}
        wide = [
            ValueType("array", shape)
            for shape in sorted(shapes)
            if suits(source, place, ValueType("array", shape))
        ]
        if wide:
            return pick(wide, rng)
    if place.kind.base == "array" and rng.random() < 0.3 and suits(source, place, FLOAT):
        return FLOAT
    return FLOAT if place.kind == INT and suits(source, place, FLOAT) else place.kind


def wrap(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Build an old expression into a larger new one: an operation, a function, a choice."""
    found = [
        place for place in source.places if place.kind.base in ("array", "float", "mask", "bool")
    ]
    if not found:
        return None
    place = pick(found, rng)
    grow, old = grower(source, place, rng), code_of(source, place.node)
    code = _grown(grow, old, place.kind, rng)
    return apply(source, put(source, place, code)) if code else None


def _grown(  # noqa: PLR0911  (one way to grow each)
    grow: Grower, old: Code, kind: ValueType, rng: np.random.Generator
) -> Code | None:
    other = grow.expression(FLOAT if kind.base == "array" and rng.random() < 0.4 else kind, 1)
    if other is None:
        return None
    if kind.base in ("mask", "bool"):
        symbol = pick("&|", rng) if kind.base == "mask" else pick(("and", "or"), rng)
        return binary(old, symbol, other)
    way = rng.random()
    if kind.base == "array" and grow.np and way < 0.4:
        mask = grow.mask(kind.shape, 1)
        if mask is None:
            return None
        arms = (old, other) if rng.random() < 0.5 else (other, old)
        return call(f"{grow.np}.where", mask, *arms)
    if kind.base == "float" and way < 0.2:
        test = grow.test(1)
        return Code(f"{old.at(1)} if {test.text} else {other.at(1)}", 0) if test else None
    if kind.base == "array" and way < 0.55:
        return grow.wrap(old)
    symbol = ("+", "-", "*", "/")[weigh((4, 3, 3, 1), rng)]
    if symbol == "/":
        return binary(old, "/", grow.constant())
    return (
        binary(old, symbol, other)
        if rng.random() < 0.8 or symbol != "-"
        else binary(other, symbol, old)
    )


def hoist(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Put a part of an expression in the place of the whole."""
    found = [
        place for place in source.places if not isinstance(place.node, ast.Name | ast.Constant)
    ]
    if not found:
        return None
    place = pick(found, rng)
    inside = [
        each
        for each in source.places
        if place.node in each.above
        and each.names is place.names
        and _takes(source, place, each.kind)
    ]
    if not inside:
        return None
    return apply(source, put(source, place, code_of(source, pick(inside, rng).node)))


def _takes(source: Source, place: Place, kind: ValueType) -> bool:
    return kind.base != "other" and (kind == place.kind or suits(source, place, kind))


def exchange(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Exchange two expressions of one function, or copy one over the other."""
    found = [place for place in source.places if _known(place)]
    if len(found) < 2:
        return None
    one = pick(found, rng)
    others = [
        each for each in found
        if each.statement.function == one.statement.function
        and each.node is not one.node
        and each.node not in one.above
        and one.node not in each.above
        and each.kind == one.kind
        and source.get(each.node) != source.get(one.node)
    ]  # fmt: skip
    if not others:
        return None
    two = pick(others, rng)
    if not readable(source, one.node, two) or not readable(source, two.node, one):
        return None
    edits = [put(source, one, code_of(source, two.node))]
    if rng.random() < 0.5:
        edits.append(put(source, two, code_of(source, one.node)))
    return apply(source, *edits)


def readable(source: Source, node: ast.expr, place: Place) -> bool:
    """Tell whether every name of an expression is readable at a place, or was not a variable to
    begin with.
    """
    bound = {name for line in source.lines for name in line.names}
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return all(name in place.names for name in names & bound)


def name(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Read another variable, or a number, where a variable is read."""
    found = [place for place in source.places if isinstance(place.node, ast.Name) and _known(place)]
    if not found:
        return None
    place = pick(found, rng)
    assert isinstance(place.node, ast.Name)
    others = [
        each
        for each, kind in place.names.items()
        if each != place.node.id and _takes(source, place, kind)
    ]
    if rng.random() < 0.25 and suits(source, place, FLOAT):
        return apply(source, put(source, place, grower(source, place, rng).constant()))
    return apply(source, put(source, place, Code(pick(others, rng)))) if others else None


_ALIKE = (
    words(
        """
    sqrt exp log1p log sin cos tanh abs sign square floor ceil rint negative arctan cbrt expm1
    """
    ),
    words("minimum maximum fmod hypot power"),
    words("mean max min median std sum"),
    words("argmax argmin"),
    words("logical_and logical_or logical_xor"),
    words("greater less greater_equal less_equal"),
)


def function(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Call another function of the same arity, or none."""
    found = [
        p for p in source.places if isinstance(p.node, ast.Call) and source.kinds.function(p.node)
    ]
    if not found:
        return None
    place = pick(found, rng)
    node = place.node
    assert isinstance(node, ast.Call)
    if source.kinds.function(node) == "where" and len(node.args) == 3:
        mask, one, two = (code_of(source, each) for each in node.args)
        return apply(
            source, put(source, place, call(f"{source.kinds.numpy}.where", mask, two, one))
        )
    edit = _renamed(source, node, rng)
    return apply(source, edit) if edit else None


def _renamed(source: Source, node: ast.Call, rng: np.random.Generator) -> Edit | None:
    old = source.kinds.function(node)
    for group in _ALIKE:
        if old in group and isinstance(node.func, ast.Attribute):
            new = pick(sorted(group - {old}), rng)
            end = source.span(node.func)[1]
            return end - len(old), end, new
    if isinstance(node.func, ast.Name) and old in ("min", "max") and len(node.args) > 1:
        return *source.span(node.func), "max" if old == "min" else "min"
    return None


def negate(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Turn a sign, or turn a condition round."""
    found = [
        place for place in source.places if place.kind.base in ("array", "float", "mask", "bool")
    ]
    if not found:
        return None
    place = pick(found, rng)
    code = code_of(source, place.node)
    if isinstance(place.node, ast.UnaryOp) and isinstance(place.node.op, ast.USub):
        return apply(source, put(source, place, code_of(source, place.node.operand)))
    if place.kind.base == "bool":
        return apply(source, put(source, place, Code(f"not {code.at(COMPARE)}", 3)))
    return apply(
        source,
        put(
            source,
            place,
            Code(f"~{code.at(11)}", 11) if place.kind.base == "mask" else negative(code),
        ),
    )
