"""Operators on one Python file that exchange a sign, a name or a function for another.

Every operator makes a changed text, or raises NothingToDo. It gets the file, a donor file of
another program (or None) and a generator of random numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from cladogen.proposers.syntax.code import (
    COMPARE,
    NOT,
    UNARY,
    Code,
    binary,
    call,
    negative,
    symbol_of,
)
from cladogen.proposers.syntax.edit import Edit, apply, code_of, put, suits, takes
from cladogen.proposers.syntax.families import words
from cladogen.proposers.syntax.kinds import FLOAT, INT
from cladogen.proposers.syntax.numbers import grower
from cladogen.proposers.syntax.pick import NothingToDo, pick
from cladogen.proposers.syntax.sites import Site
from cladogen.proposers.syntax.source import Source

Operator = Callable[[Source, Source | None, np.random.Generator], str]

OPPOSITES = {"min": "max", "max": "min"}
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


def operator(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Exchange an arithmetic, comparing or logical operator for another."""
    found = [p for p in source.sites if isinstance(p.node, ast.BinOp | ast.Compare | ast.BoolOp)]
    site = pick(found, rng)
    code = _swapped(source, site.node, rng)
    if not _may_stand(source, site, code):
        raise NothingToDo
    return apply(source, put(source, site, code))


def _may_stand(source: Source, site: Site, code: Code) -> bool:
    """Tell whether a site for a whole number takes what may be a fraction now."""
    return site.kind != INT or "/" not in code.text or suits(source, site, FLOAT)


def _swapped(source: Source, node: ast.expr, rng: np.random.Generator) -> Code:
    match node:
        case ast.BinOp():
            return _swapped_operation(source, node, rng)
        case ast.Compare(left=left, ops=[test], comparators=[right]) if type(test) in _TESTS:
            symbol = pick(_TESTS[type(test)], rng)
            return binary(code_of(source, left), symbol, code_of(source, right))
        case ast.BoolOp(op=op, values=[left, right]):
            symbol = "or" if isinstance(op, ast.And) else "and"
            return binary(code_of(source, left), symbol, code_of(source, right))
    raise NothingToDo


def _swapped_operation(source: Source, node: ast.BinOp, rng: np.random.Generator) -> Code:
    left, right, symbol = code_of(source, node.left), code_of(source, node.right), symbol_of(node)
    if rng.random() < 0.2 and symbol in "-/":
        return binary(right, symbol, left)
    return binary(left, pick(_SWAPS.get(symbol, ()), rng), right)


def name(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Read another variable, or a number, where a variable is read."""
    found = [p for p in source.sites if isinstance(p.node, ast.Name) and p.kind.known]
    site = pick(found, rng)
    others = _readable_instead(source, site)
    if rng.random() < 0.25 and suits(source, site, FLOAT):
        return apply(source, put(source, site, grower(source, site, rng).constant()))
    return apply(source, put(source, site, Code(pick(others, rng))))


def _readable_instead(source: Source, site: Site) -> list[str]:
    assert isinstance(site.node, ast.Name)
    own = site.node.id
    return [each for each, kind in site.names.items() if each != own and takes(source, site, kind)]


def function(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Call another function of the same arity, or turn the arms of a choice round."""
    calls = [p for p in source.sites if isinstance(p.node, ast.Call)]
    found = [site for site in calls if source.kinds.function(site.node)]  # type: ignore[arg-type]
    site = pick(found, rng)
    assert isinstance(site.node, ast.Call)
    return apply(source, _changed_call(source, site, site.node, rng))


def _changed_call(source: Source, site: Site, node: ast.Call, rng: np.random.Generator) -> Edit:
    old = source.kinds.function(node)
    if old == "where" and len(node.args) == 3:
        mask, one, two = (code_of(source, each) for each in node.args)
        return put(source, site, call(f"{source.kinds.numpy}.where", mask, two, one))
    if isinstance(node.func, ast.Attribute):
        end = source.span(node.func)[1]
        return end - len(old), end, pick(_like(old), rng)
    if old not in OPPOSITES or len(node.args) < 2:
        raise NothingToDo
    return *source.span(node.func), OPPOSITES[old]


def _like(name: str) -> list[str]:
    """Return the functions of the same arity that may be called instead."""
    group = next((group for group in _ALIKE if name in group), frozenset())
    return sorted(group - {name})


def negate(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Turn a sign, or turn a condition round."""
    found = [p for p in source.sites if p.kind.base in ("array", "float", "mask", "bool")]
    site = pick(found, rng)
    return apply(source, put(source, site, _negated(source, site)))


def _negated(source: Source, site: Site) -> Code:
    code = code_of(source, site.node)
    if isinstance(site.node, ast.UnaryOp) and isinstance(site.node.op, ast.USub):
        return code_of(source, site.node.operand)
    if site.kind.base == "bool":
        return Code(f"not {code.at(COMPARE)}", NOT)
    if site.kind.base == "mask":
        return Code(f"~{code.at(UNARY)}", UNARY)
    return negative(code)
