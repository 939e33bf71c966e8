"""What a call of a known function gives, from the kinds of its arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from cladogen.proposers.syntax import families
from cladogen.proposers.syntax.kinds import (
    BOOL,
    FLOAT,
    INT,
    OTHER,
    ValueType,
    has_fractions,
    join,
    truth,
)
from cladogen.proposers.syntax.shapes import reduced, together, written

KindOf = Callable[[ast.expr], ValueType]
CASTS = {"len": INT, "int": INT, "float": FLOAT, "bool": BOOL}


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A call of a function known by name. ``kind_of`` gives the kind of any part of it."""

    name: str
    node: ast.Call
    kind_of: KindOf
    length: Callable[[ast.expr], str]

    @property
    def kinds(self) -> list[ValueType]:
        return list(map(self.kind_of, self.node.args))

    @property
    def first(self) -> ValueType:
        return self.kind_of(self.node.args[0]) if self.node.args else OTHER


def result_of(call: KnownCall) -> ValueType:
    """Return what a known function gives: one rule for each family of functions."""
    if call.name in CASTS:
        return CASTS[call.name]
    if call.name in families.POSITIONS and not call.node.keywords:
        return INT
    if isinstance(call.node.func, ast.Name) and call.name in ("min", "max", "sum"):
        return _built_in(call)
    return _RULES.get(call.name, _made_by_call)(call)


def method_result(method: str, owner: ValueType, node: ast.Call) -> ValueType:
    """Return what a method of an array, or of a generator of random numbers, gives."""
    if not owner.wide:
        return drawn(method, node) if method in families.DRAWS else OTHER
    if method == "astype":
        return ValueType("array", owner.shape, "float" in ast.unparse(node))
    if method in ("copy", "clip", "round", "cumsum", "argsort"):
        return ValueType("array", owner.shape, False)
    if _is_position(method, node):
        return INT
    return _reduction(owner, node, 0) if method in families.REDUCTIONS else OTHER


def _is_position(method: str, node: ast.Call) -> bool:
    """Whether a method gives one position in an array, which it does without an axis."""
    return method in ("argmax", "argmin") and not (node.args or node.keywords)


def drawn(name: str, node: ast.Call) -> ValueType:
    """Return the kind of random numbers: an array when a size is given."""
    position = 0 if name in ("random", "standard_normal") else 2
    size = _sizes(node) or node.args[position : position + 1]
    return ValueType("array", written(size[0]), True) if size else FLOAT


def _built_in(call: KnownCall) -> ValueType:
    """Return what Python's own min and max give of plain numbers."""
    kinds = call.kinds
    if call.name == "sum" or len(kinds) < 2 or any(kind.wide for kind in kinds):
        return OTHER
    return join(kinds)


def _where(call: KnownCall) -> ValueType:
    kinds = call.kinds
    if len(kinds) != 3:
        return OTHER
    arms = join(kinds[1:])
    if not arms.known or not kinds[0].known:
        return OTHER
    shapes = [kind.shape for kind in kinds if kind.wide]
    if not shapes:
        return arms
    return ValueType("array", together(shapes), all(map(has_fractions, kinds[1:])))


def _test(call: KnownCall) -> ValueType:
    return truth(join(call.kinds)) if call.kinds else OTHER


def _elementwise(call: KnownCall) -> ValueType:
    joined = join(call.kinds) if call.kinds else OTHER
    if joined.base == "array":
        return ValueType("array", joined.shape, joined.real or call.name in families.REAL)
    return joined if call.name in families.KEEPS_WHOLE or not joined.known else FLOAT


def _reduced(call: KnownCall) -> ValueType:
    return _reduction(call.first, call.node, 1)


def _reduction(kind: ValueType, node: ast.Call, position: int) -> ValueType:
    """Return the kind of a reduction: over everything, or along the axis a call names."""
    if not kind.wide:
        return OTHER
    axis = [each.value for each in node.keywords if each.arg == "axis"]
    axis += node.args[position : position + 1]
    if not axis:
        return OTHER if node.keywords else FLOAT
    if len(node.keywords) > 1:
        return OTHER
    return ValueType("array", reduced(kind.shape, ast.unparse(axis[0])), True)


def _like(call: KnownCall) -> ValueType:
    """Return the kind of an array made after another one, or of a list."""
    if call.first.wide:
        keywords = {keyword.arg for keyword in call.node.keywords}
        return ValueType("array", call.first.shape, "dtype" in keywords)
    match call.node.args:
        case [ast.List(elts=elements), *_] if _all_numbers(call, elements):
            return ValueType("array", str(len(elements)))
        case [ast.ListComp(generators=[ast.comprehension(iter=over, ifs=[])]), *_]:
            return ValueType("array", call.length(over))
    return OTHER


def _all_numbers(call: KnownCall, elements: list[ast.expr]) -> bool:
    return bool(elements) and all(call.kind_of(each).number for each in elements)


def _columns(call: KnownCall) -> ValueType:
    match call.node.args:
        case [ast.List(elts=elements) | ast.Tuple(elts=elements), *_]:
            columns = list(map(call.kind_of, elements))
            if columns and columns[0].wide:
                return ValueType("array", f"{columns[0].shape}, {len(columns)}", True)
    return OTHER


def _made_by_call(call: KnownCall) -> ValueType:
    if call.name in families.DRAWS:
        return drawn(call.name, call.node)
    return _made(call.name, call.node) if call.name in families.MAKERS else OTHER


def _made(name: str, node: ast.Call) -> ValueType:
    """Return the kind of an array made from its shape."""
    sizes = _sizes(node) or node.args
    if not sizes:
        return OTHER
    if name == "eye":
        return ValueType("array", ", ".join([written(sizes[0])] * 2), True)
    if name == "linspace" and len(node.args) > 2:
        return ValueType("array", written(node.args[2]), True)
    if _is_of_first(name, node):
        return ValueType("array", written(sizes[0]), name not in ("full", "arange"))
    return ValueType("array", f"?{ast.unparse(node)}")


def _is_of_first(name: str, node: ast.Call) -> bool:
    """Whether the first argument is the shape."""
    return name in ("zeros", "ones", "full", "empty") or len(node.args) == 1


def _sizes(node: ast.Call) -> list[ast.expr]:
    return [each.value for each in node.keywords if each.arg in ("size", "shape")]


_RULES: dict[str, Callable[[KnownCall], ValueType]] = {
    "column_stack": _columns,
    **dict.fromkeys(families.LIKE, _like),
    **dict.fromkeys(families.REDUCTIONS, _reduced),
    **dict.fromkeys(families.ELEMENTWISE, _elementwise),
    **dict.fromkeys(families.TESTS, _test),
    "where": _where,
}
