"""Guess the kinds of parameters without annotations from how a function uses them."""

from __future__ import annotations

import ast
import itertools

from cladogen.proposers.syntax.infer import Kinds
from cladogen.proposers.syntax.kinds import FLOAT, INT, OTHER, ValueType

_OF_ARRAYS = ("shape", "astype", "dtype", "size", "copy", "sum")
_ON_ARRAYS = ("zeros_like", "ones_like", "argsort")


def guess(
    node: ast.FunctionDef | ast.AsyncFunctionDef, names: set[str], kinds: Kinds
) -> dict[str, ValueType]:
    """Return a kind for each of ``names``, parameters of a function.

    What is only calculated with may be a number or an array: with NumPy in the file it is taken for
    an array, all of one shape, since arithmetic that suits an array suits a number too; without
    NumPy, for a number.
    """
    found = {**dict.fromkeys(names, OTHER), **_defaults(node, names, kinds)}
    if not names:
        return found
    nodes = list(ast.walk(node))
    for name, kind in itertools.chain.from_iterable(_use(each, kinds) for each in nodes):
        if found.get(name) == OTHER:
            found[name] = kind
    loose = ValueType("array", "?loose") if kinds.numpy else FLOAT
    operands = set(itertools.chain.from_iterable(map(_operands, nodes)))
    return found | dict.fromkeys(_unknown(found) & operands, loose)


def _unknown(found: dict[str, ValueType]) -> set[str]:
    return {name for name, kind in found.items() if kind == OTHER}


def _defaults(
    node: ast.FunctionDef | ast.AsyncFunctionDef, names: set[str], kinds: Kinds
) -> dict[str, ValueType]:
    given = zip(reversed(node.args.args), reversed(node.args.defaults), strict=False)
    return {each.arg: kinds.of(default, {}) for each, default in given if each.arg in names}


def _use(node: ast.AST, kinds: Kinds) -> list[tuple[str, ValueType]]:
    """Return what a use of names says of their kinds."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if attribute in _OF_ARRAYS:
            return [(name, ValueType("array", f"?{name}"))]
        case ast.Call(func=ast.Name(id="range"), args=args):
            return _whole(args)
        case ast.Call(args=[ast.Name(id=name), *_]) if kinds.function(node) in _ON_ARRAYS:
            return [(name, ValueType("array", f"?{name}"))]
        case ast.If(test=ast.Compare(left=ast.Name(id=name), comparators=[ast.Constant(value=at)])):
            return [(name, FLOAT)] if isinstance(at, int | float) else []
    return []


def _whole(values: list[ast.expr]) -> list[tuple[str, ValueType]]:
    return [(each.id, INT) for each in values if isinstance(each, ast.Name)]


def _operands(node: ast.AST) -> list[str]:
    match node:
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            return [each.id for each in (left, right) if isinstance(each, ast.Name)]
        case ast.UnaryOp(operand=ast.Name(id=name)):
            return [name]
    return []
