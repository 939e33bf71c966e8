"""The numbers of a Python file, and the operator that changes one."""

from __future__ import annotations

import ast

import numpy as np

from cladogen.proposers.syntax.code import number
from cladogen.proposers.syntax.edit import apply, put, suits
from cladogen.proposers.syntax.grow import Grower
from cladogen.proposers.syntax.kinds import FLOAT
from cladogen.proposers.syntax.pick import pick, rounded
from cladogen.proposers.syntax.sites import Site
from cladogen.proposers.syntax.source import Source


def numeric(site: Site) -> float | int | None:
    """Return the number a site holds, a minus sign included, or None."""
    if _is_negated(site.parent):
        return None
    match site.node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return None if isinstance(value, bool) else -value
    return None


def _is_negated(parent: ast.AST) -> bool:
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub)


def constants(source: Source) -> list[tuple[Site, float | int]]:
    """Return every number that may change."""
    found = ((site, numeric(site)) for site in source.sites)
    return [(site, value) for site, value in found if value is not None]


def grower(source: Source, site: Site, rng: np.random.Generator) -> Grower:
    """Return what writes expressions at a site, from the names and numbers of the file."""
    return Grower(source, site.names, [float(value) for _, value in constants(source)], rng)


def constant(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Change one number, now and then several."""
    found = constants(source)
    positions = range(len(found))
    chosen = {pick(positions, rng)}
    while rng.random() < 0.25:
        chosen.add(pick(positions, rng))
    edits = []
    for site, value in [found[position] for position in sorted(chosen)]:
        changed = moved(value, suits(source, site, FLOAT), rng)
        if changed != value:
            edits.append(put(source, site, number(changed)))
    return apply(source, *edits)


def moved(value: float, real: bool, rng: np.random.Generator) -> float | int:
    """Return a number near ``value``: a step for a whole one, a factor for a fraction. ``real``
    says that a fraction may stand there.
    """
    way = rng.random()
    if way < 0.05:
        return -value
    if isinstance(value, int) and (not real or rng.random() < 0.75):
        return _stepped(value, way, rng)
    spread = pick((0.03, 0.15, 0.6), rng)
    if value == 0:
        return rounded(float(rng.normal(0, spread)), 2)
    near = rounded(float(value * np.exp(rng.normal(0, spread))), 3)
    return near if real else round(near)


def _stepped(value: int, way: float, rng: np.random.Generator) -> int:
    if way < 0.65 or value == 0:
        return value + int(pick((-1, 1), rng)) * int(rng.geometric(0.45))
    return round(value * float(np.exp(rng.normal(0, 0.4))))
