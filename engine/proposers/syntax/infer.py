"""Infer the kinds of a module's expressions: its names for NumPy and math, what its own functions
return, and a rule for each sort of expression.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from cladogen.proposers.syntax import families
from cladogen.proposers.syntax.kinds import (
    BOOL,
    FLOAT,
    INT,
    OTHER,
    ValueType,
    annotated,
    join,
    truth,
)
from cladogen.proposers.syntax.results import KnownCall, method_result, result_of
from cladogen.proposers.syntax.shapes import dimensions, indexed, written

Names = Mapping[str, ValueType]
Instead = Mapping[ast.expr, ValueType] | None


class Kinds:
    """Infer kinds in one module."""

    def __init__(self, tree: ast.Module) -> None:
        self.numpy = _name_of_module(tree, "numpy")
        self.math = _name_of_module(tree, "math")
        self.returns: dict[str, ValueType] = {
            node.name: annotated(node.returns, f"{node.name}()")
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.returns is not None
        }
        self._known_kinds: dict[ast.expr, ValueType] = {}

    def of(self, node: ast.expr, names: Names, instead: Instead = None) -> ValueType:
        """Return the kind of an expression where ``names`` are readable; ``instead`` overrules it
        for some nodes.

        Kinds are remembered by node, so one node must always be asked for with the same names (see
        `forget`).
        """
        if instead and node in instead:
            return instead[node]
        known = self._known_kinds.get(node)
        if known is None:
            known = self._known_kinds[node] = self.anew(node, names, instead)
        return known

    def anew(self, node: ast.expr, names: Names, instead: Instead = None) -> ValueType:
        """Return the kind of an expression, whatever was remembered; ``instead`` may name its
        direct parts.
        """
        rule = _RULES.get(type(node))
        return rule(self, node, names, instead) if rule else OTHER

    def forget(self) -> None:
        """Start afresh, because more is known about the module's functions."""
        self._known_kinds.clear()

    def elementwise(self, call: ast.Call) -> str:
        """Return the name of the elementwise function a call names, or ""."""
        name = self.function(call)
        return name if name in families.ELEMENTWISE or name in families.TESTS else ""

    def function(self, call: ast.Call) -> str:
        """Return the plain name of the NumPy, math or built-in function that a call names, or
        "".
        """
        match call.func:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if self.is_module(module):
                return name
            case ast.Name(id=name) if name in families.BUILT_IN:
                return name
        return ""

    def is_module(self, name: str) -> bool:
        """Tell whether a name stands for NumPy or math."""
        return bool(name) and name in (self.numpy, self.math)

    def length(self, over: ast.expr, names: Names) -> str:
        """Return the shape of what comes of one thing for each of ``over``."""
        match over:
            case ast.Call(func=ast.Name(id="range"), args=[count]):
                return written(count)
        known = dimensions(self.of(over, names).shape)
        return known[0] if known and known[0] else f"?{ast.unparse(over)}"


def _name_of_module(tree: ast.Module, module: str) -> str:
    """Return the name under which a module imports another, "" when it does not."""
    name = ""
    for node in tree.body:
        for each in node.names if isinstance(node, ast.Import) else ():
            if each.name == module:
                name = each.asname or module
    return name


def _constant(kinds: Kinds, node: ast.Constant, names: Names, instead: Instead) -> ValueType:
    sorts: dict[type, ValueType] = {bool: BOOL, int: INT, float: FLOAT}
    return sorts.get(type(node.value), OTHER)


def _name(kinds: Kinds, node: ast.Name, names: Names, instead: Instead) -> ValueType:
    return names.get(node.id, OTHER)


def _binary(kinds: Kinds, node: ast.BinOp, names: Names, instead: Instead) -> ValueType:
    sides = [kinds.of(node.left, names, instead), kinds.of(node.right, names, instead)]
    joined = join(sides)
    if isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor):
        logical = all(side.base in ("mask", "bool") for side in sides)
        return truth(joined) if logical else joined
    if isinstance(node.op, ast.MatMult | ast.LShift | ast.RShift):
        return OTHER
    return _quotient(joined) if isinstance(node.op, ast.Div) else joined


def _quotient(kind: ValueType) -> ValueType:
    if kind.wide:
        return ValueType("array", kind.shape, True)
    return FLOAT if kind.base == "int" else kind


def _unary(kinds: Kinds, node: ast.UnaryOp, names: Names, instead: Instead) -> ValueType:
    if isinstance(node.op, ast.Not):
        return BOOL
    kind = kinds.of(node.operand, names, instead)
    return kind if isinstance(node.op, ast.Invert) else join([kind])


def _compare(kinds: Kinds, node: ast.Compare, names: Names, instead: Instead) -> ValueType:
    sides = [kinds.of(each, names, instead) for each in (node.left, *node.comparators)]
    joined = join(sides)
    return OTHER if joined.wide and len(sides) > 2 else truth(joined)


def _boolean(kinds: Kinds, node: ast.BoolOp, names: Names, instead: Instead) -> ValueType:
    plain = all(kinds.of(each, names, instead).base == "bool" for each in node.values)
    return BOOL if plain else OTHER


def _choice(kinds: Kinds, node: ast.IfExp, names: Names, instead: Instead) -> ValueType:
    if kinds.of(node.test, names, instead).wide:
        return OTHER
    return join([kinds.of(node.body, names, instead), kinds.of(node.orelse, names, instead)])


def _call(kinds: Kinds, node: ast.Call, names: Names, instead: Instead) -> ValueType:
    def kind_of(part: ast.expr) -> ValueType:
        return kinds.of(part, names, instead)

    name = kinds.function(node)
    if name:
        return result_of(KnownCall(name, node, kind_of, lambda over: kinds.length(over, names)))
    match node.func:
        case ast.Name(id=function):
            return kinds.returns.get(function, OTHER)
        case ast.Attribute(value=value, attr=method):
            return method_result(method, kind_of(value), node)
    return OTHER


def _attribute(kinds: Kinds, node: ast.Attribute, names: Names, instead: Instead) -> ValueType:
    if isinstance(node.value, ast.Name) and kinds.is_module(node.value.id):
        return FLOAT if node.attr in ("pi", "e", "inf") else OTHER
    return INT if node.attr in ("size", "ndim") else OTHER


def _subscript(kinds: Kinds, node: ast.Subscript, names: Names, instead: Instead) -> ValueType:
    if is_shape(node.value):
        return INT
    owner = kinds.of(node.value, names, instead)
    if not owner.wide:
        return OTHER
    if isinstance(node.slice, ast.Slice | ast.Tuple | ast.Constant):
        return _part(owner, indexed(owner.shape, node.slice))
    index = kinds.of(node.slice, names, instead)
    if index == INT:
        return _part(owner, indexed(owner.shape, ast.Constant(0)))
    return ValueType("array", f"?{ast.unparse(node)}") if index.wide else OTHER


def is_shape(node: ast.expr) -> bool:
    """Tell whether an expression is the shape of something."""
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def _part(owner: ValueType, shape: str) -> ValueType:
    """Return the kind of a part of an array; one without a shape is an element."""
    if shape:
        return ValueType("array", shape, owner.real)
    return FLOAT if owner.base == "array" else BOOL


_RULES: dict[type[ast.expr], Callable[..., ValueType]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.IfExp: _choice,
    ast.Call: _call,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
}
