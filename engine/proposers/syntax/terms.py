"""An operator that gives a sum one more term, as laws and priorities have them: a product of a few
factors, each a variable, a power of one, or a function of one.

Arguments of functions are scaled by what the variable's own values are (their mean, their spread),
so that a term fits whatever the variable's unit is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import numpy as np

from cladogen.proposers.syntax.code import ATOM, Code, binary, call, negative, number
from cladogen.proposers.syntax.edit import apply, code_of, put
from cladogen.proposers.syntax.grow import Grower
from cladogen.proposers.syntax.numbers import grower
from cladogen.proposers.syntax.pick import NothingToDo, pick, rounded, weigh
from cladogen.proposers.syntax.sites import Site
from cladogen.proposers.syntax.source import Source

SUMS = re.compile(r"(?:=|\breturn)[ \t]*\w+(?:[ \t]*\+[ \t]*\w+)+[ \t]*$", re.MULTILINE)
FACTORS = (0.4, 0.45, 0.15)  # the chances of one, two and three of them
TOGETHER = (3, 5, 8)
MOST_TERMS = 24
ADDED, EXCHANGED = 0.6, 0.8  # below the first a term is added, below the second it replaces one


def term(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Add a term to a sum, put one in the place of another, or multiply one by a factor."""
    site = pick(list(filter(_is_whole, source.sites)), rng)
    grow = grower(source, site, rng)
    if not grow.np:
        raise NothingToDo
    names = _arrays(site)
    way = rng.random()
    if way < ADDED:
        symbol = "+" if rng.random() < 0.7 else "-"
        new = binary(code_of(source, site.node), symbol, _weighed(grow, product(grow, names)))
        return apply(source, put(source, site, new))
    part = pick([each for each in source.sites if _is_term(each, site)], rng)
    if way < EXCHANGED:
        return apply(source, put(source, part, product(grow, names)))
    old = code_of(source, part.node)
    return apply(source, put(source, part, binary(old, "*", factor(grow, names))))


def several(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Add several terms to a sum at once, for one that is fitted: what is not worth its weight is
    left out there, so that one fit tries all of them.
    """
    sums = list(filter(_is_whole, source.sites))
    site = pick(sums, rng)
    grow = grower(source, site, rng)
    terms = [each for each in source.sites if any(_is_term(each, whole) for whole in sums)]
    if not grow.np or len(terms) >= MOST_TERMS:
        raise NothingToDo
    code, names = code_of(source, site.node), _arrays(site)
    for _ in range(pick(TOGETHER, rng)):
        code = binary(code, "+", product(grow, names))
    return apply(source, put(source, site, code))


def _is_whole(site: Site) -> bool:
    """Tell whether a site holds an array that is no part of a calculation."""
    return site.kind.base == "array" and not isinstance(
        site.parent, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Subscript | ast.Attribute
    )


def _is_term(site: Site, whole: Site) -> bool:
    """Tell whether a site is a term of a sum."""
    if site.kind.base != "array" or site.statement is not whole.statement:
        return False
    at = site.above.index(whole.node) if whole.node in site.above else None
    if at is None:
        return site.node is whole.node
    return not _adds(site.node) and all(map(_adds, site.above[at:]))


def _adds(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _arrays(site: Site) -> list[str]:
    """Return the variables that combine with a site's array, those that are put together in it
    left to the others.
    """
    return [name for name, kind in site.names.items() if kind == site.kind]


def _weighed(grow: Grower, code: Code) -> Code:
    """Return a term with a weight, now and then."""
    return code if grow.rng.random() < 0.5 else binary(grow.constant(), "*", code)


def product(grow: Grower, names: Sequence[str]) -> Code:
    """Return a product of one to three factors."""
    code = factor(grow, names)
    for _ in range(weigh(FACTORS, grow.rng)):
        other = factor(grow, names)
        if grow.rng.random() < 0.2:
            code = binary(code, "/", binary(number(1), "+", other))
        else:
            code = binary(code, "*", other)
    return code


def factor(grow: Grower, names: Sequence[str]) -> Code:
    """Return a variable, a power of one, or a function of one."""
    name, way = Code(pick(names, grow.rng)), grow.rng.random()
    if way < 0.4:
        return name
    if way < 0.55:
        return binary(name, "**", number(pick((2, 3), grow.rng)))
    return _function(grow, _scaled(grow, name))


def _scaled(grow: Grower, name: Code) -> Code:
    """Return a variable, times a number, beside its mean, or as its place among its values."""
    rng, way = grow.rng, grow.rng.random()
    if way < 0.3:
        return name
    if way < 0.6:
        return binary(_near_one(rng), "*", name)
    mean = call(f"{grow.np}.mean", name)
    if way < 0.75:
        return binary(_near_one(rng), "*", Code(binary(name, "/", mean).text))
    spread = call(f"{grow.np}.std", name)
    return binary(binary(name, "-", mean), "/", spread)


def _near_one(rng: np.random.Generator) -> Code:
    return number(rounded(float(np.exp(rng.normal(0, 1))), 2))


def _function(grow: Grower, inner: Code) -> Code:
    """Return an elementwise function of an argument."""
    np_, rng = grow.np, grow.rng
    square = negative(Code(binary(inner, "**", number(2)).text, ATOM - 1))
    size = call(f"{np_}.abs", inner)
    ways = (
        call(f"{np_}.sin", inner),
        call(f"{np_}.cos", inner),
        call(f"{np_}.tanh", inner),
        call(f"{np_}.exp", inner),
        call(f"{np_}.exp", negative(inner)),
        call(f"{np_}.exp", square),
        call(f"{np_}.sqrt", size),
        call(f"{np_}.log1p", size),
        size,
        binary(number(1), "/", binary(number(1), "+", size)),
    )
    return pick(ways, rng)
