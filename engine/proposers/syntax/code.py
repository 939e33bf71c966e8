"""Pieces of Python text that know how tightly they bind, so that joining them needs no more
brackets than it must.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CHOICE, OR, AND, NOT, COMPARE, BIT_OR, BIT_XOR, BIT_AND, SHIFT, SUM, TERM, UNARY, POWER, ATOM = (
    range(14)
)

_BINARY = {
    ast.Add: ("+", SUM),
    ast.Sub: ("-", SUM),
    ast.Mult: ("*", TERM),
    ast.Div: ("/", TERM),
    ast.FloorDiv: ("//", TERM),
    ast.Mod: ("%", TERM),
    ast.MatMult: ("@", TERM),
    ast.Pow: ("**", POWER),
    ast.LShift: ("<<", SHIFT),
    ast.RShift: (">>", SHIFT),
    ast.BitOr: ("|", BIT_OR),
    ast.BitXor: ("^", BIT_XOR),
    ast.BitAnd: ("&", BIT_AND),
}
LEVELS = (
    dict(_BINARY.values())
    | {"and": AND, "or": OR}
    | dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), COMPARE)
)


@dataclass(frozen=True, slots=True)
class Code:
    """Text of an expression and the level of its outermost operator."""

    text: str
    level: int = ATOM

    def at(self, level: int) -> str:
        """Return the text, in brackets when it binds looser than ``level`` or runs over several
        lines.
        """
        loose = self.level < level or ("\n" in self.text and self.level < ATOM)
        return f"({self.text})" if loose else self.text


def binary(left: Code, symbol: str, right: Code) -> Code:
    """Return ``left symbol right``."""
    level = LEVELS[symbol]
    if symbol == "**":
        return Code(f"{left.at(ATOM)} ** {right.at(UNARY)}", POWER)
    first = level + 1 if level == COMPARE else level
    return Code(f"{left.at(first)} {symbol} {right.at(level + 1)}", level)


def call(function: str, *arguments: Code) -> Code:
    return Code(f"{function}({', '.join(each.text for each in arguments)})")


def negative(code: Code) -> Code:
    return Code(f"-{code.at(UNARY)}", UNARY)


def number(value: float) -> Code:
    """Return a number's text; a negative one binds as a minus sign does."""
    return Code(repr(value), UNARY if value < 0 or repr(value).startswith("-") else ATOM)


def symbol_of(node: ast.BinOp) -> str:
    return _BINARY[type(node.op)][0]


def level_of(node: ast.expr) -> int:
    """Return the level of an expression's outermost operator."""
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)][1]
    if isinstance(node, ast.UnaryOp):
        return NOT if isinstance(node.op, ast.Not) else UNARY
    if isinstance(node, ast.BoolOp):
        return AND if isinstance(node.op, ast.And) else OR
    return _LEVEL_OF_KIND.get(type(node), ATOM)


_LEVEL_OF_KIND: dict[type[ast.expr], int] = {
    ast.Compare: COMPARE,
    **dict.fromkeys((ast.IfExp, ast.Lambda, ast.NamedExpr, ast.Starred), CHOICE),
}


def needed(parent: ast.AST, node: ast.expr) -> int:
    """Return the level that text put in ``node``'s place under ``parent`` must have to need no
    brackets.
    """
    rule = _NEEDS.get(type(parent))
    return rule(parent, node) if rule else CHOICE


def _needed_in_operation(parent: ast.BinOp, node: ast.expr) -> int:
    level, first = level_of(parent), node is parent.left
    if level == POWER:
        return ATOM if first else UNARY
    return level if first else level + 1


def _needed_in_subscript(parent: ast.Subscript, node: ast.expr) -> int:
    return ATOM if node is parent.value else CHOICE


def _as_tight(parent: ast.UnaryOp, node: ast.expr) -> int:
    return level_of(parent)


def _tighter(parent: ast.BoolOp | ast.Compare, node: ast.expr) -> int:
    return level_of(parent) + 1


def _always(level: int) -> Callable[[ast.AST, ast.expr], int]:
    return lambda parent, node: level


_NEEDS: dict[type[ast.AST], Callable[[Any, ast.expr], int]] = {
    ast.BinOp: _needed_in_operation,
    ast.UnaryOp: _as_tight,
    ast.BoolOp: _tighter,
    ast.Compare: _tighter,
    ast.IfExp: _always(OR),
    ast.Attribute: _always(ATOM),
    ast.Starred: _always(ATOM),
    ast.Subscript: _needed_in_subscript,
    ast.comprehension: _always(OR),
}
