"""Operators on a Python program that searches or draws a curve: how long its search is, what it
accepts meanwhile, which random numbers it draws, and a table that bends an array along its length.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

import numpy as np

from cladogen.proposers.syntax.code import TERM, Code, binary, number
from cladogen.proposers.syntax.edit import Edit, add_line, apply, code_of, put
from cladogen.proposers.syntax.flow import reads
from cladogen.proposers.syntax.numbers import constants
from cladogen.proposers.syntax.pick import NothingToDo, pick, rounded
from cladogen.proposers.syntax.sites import Site
from cladogen.proposers.syntax.source import Source
from cladogen.proposers.syntax.statements import fresh_name, may_be_named

SEEDED = ("default_rng", "RandomState", "Random", "seed", "PRNGKey")
SEEDS = 1000
FACTORS = (3, 10, 30)
MOST_ROUNDS = 10_000_000
THRESHOLDS = (0.001, 0.01, 0.1)
KNOTS = (5, 8, 12)
BEND = 0.1  # standard deviation of a knot's logarithm
SEARCHES = re.compile(r"\bfor\s+\w+\s+in\s+range\(\s*\d+\s*\)")
DRAWS = re.compile(r"\.(?:linspace|arange)\(")


def stretch(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Let a loop of a number of rounds do several times as many, at the same pace of what its
    round decides: powers ``c ** round``, and shares of the number of rounds.
    """
    loop, rounds = pick(_searches(source), rng)
    factor = pick(FACTORS, rng)
    if rounds * factor > MOST_ROUNDS:
        raise NothingToDo
    return apply(source, *paced(source, loop, rounds, rounds * factor))


def paced(
    source: Source, loop: ast.For, rounds: int, wanted: int, *, powers: bool = True
) -> list[Edit]:
    """Return the edits that give a loop another number of rounds at the pace that it has; without
    ``powers`` what shrinks by a factor a round does so as before.
    """
    written = list(constants(source))
    edits = [put(source, site, number(wanted)) for site in _counts(written, loop, rounds)]
    for site, value in written:
        if _in_body(loop, site):
            power = powers and _is_power_of(loop, site) and value > 0
            new = _at_pace(site, value, rounds, wanted, power=power)
            edits += [put(source, site, number(new))] if new is not None else []
    return edits


def _counts(written: Iterable[tuple[Site, float]], loop: ast.For, rounds: int) -> Iterator[Site]:
    """Yield where the number of rounds stands in a loop's head."""
    for site, value in written:
        if value == rounds and _in_head(loop, site):
            yield site


def _at_pace(
    site: Site, value: float, rounds: int, wanted: int, *, power: bool
) -> float | int | None:
    """Return a number of a loop's body for another number of rounds, None where it stays."""
    if power:
        return rounded(float(value) ** (rounds / wanted), 9)
    return wanted if value == rounds and _is_share_of(site) else None


def accept(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Let a search take what is a little worse, ever less so until its last round: threshold
    accepting (Dueck, Scheuer: J. Comput. Phys. 90, 1990).
    """
    site, loop, rounds = pick(list(tests(source)), rng)
    assert isinstance(site.node, ast.Compare)
    (test,), (right,) = site.node.ops, site.node.comparators
    less = isinstance(test, ast.Lt | ast.LtE)
    old, name = code_of(source, right), _variable(loop)
    slack = Code(f"{pick(THRESHOLDS, rng)} * abs({old.text}) * (1 - {name} / {rounds}) ** 2", TERM)
    text = binary(old, "+" if less else "-", slack)
    start, end = source.span(right)
    edit: Edit = start, end, text.text
    return apply(source, edit)


def reseed(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Let a search draw other random numbers: what it ends with depends on them, and where it
    always draws the same ones a program stands for one of its many results.
    """
    site, old = pick([each for each in constants(source) if _is_seed(*each)], rng)
    return apply(
        source, put(source, site, number((int(old) + 1 + pick(range(SEEDS - 1), rng)) % SEEDS))
    )


def _is_seed(site: Site, value: float) -> bool:
    call = site.parent
    if not isinstance(call, ast.Call) or not isinstance(value, int) or site.node not in call.args:
        return False
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in SEEDED
    return False


def bend(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Multiply an array by a table of factors along its length, a few knots with lines between; the
    factors are numbers that tuning moves.
    """
    np_name = source.kinds.numpy
    found = [
        site for site in source.sites if site.kind.base == "array" and may_be_named(source, site)
    ]
    if not np_name:
        raise NothingToDo
    site, count = pick(found, rng), pick(KNOTS, rng)
    name, table = fresh_name(site.statement, site.kind), fresh_name(site.statement, None)
    knots = ", ".join(repr(rounded(float(np.exp(rng.normal(0, BEND))))) for _ in range(count))
    along, ends = f"{np_name}.linspace(0, 1, len({name}))", f"{np_name}.linspace(0, 1, {count})"
    lines = [
        f"{name} = {source.get(site.node)}",
        f"{table} = [{knots}]",
        f"{name} = {name} * {np_name}.interp({along}, {ends}, {table})",
    ]
    before = (add_line(source, site.statement, line) for line in lines[::-1])
    return apply(source, _together(list(before)), put(source, site, Code(name)))


def _together(edits: list[Edit]) -> Edit:
    """Return one edit for several at one position, the last of them first in the text."""
    return edits[0][0], edits[0][1], "".join(text for _, _, text in reversed(edits))


def _searches(source: Source) -> list[tuple[ast.For, int]]:
    """Return the loops over ``range(N)`` that may change, with N."""
    found: list[tuple[ast.For, int]] = []
    for site, value in constants(source):
        match site.statement.node:
            case ast.For(target=ast.Name(), iter=ast.Call() as call) as loop if call is site.parent:
                if _is_range(call) and isinstance(value, int) and value > 1:
                    found.append((loop, value))
    return found


def _is_range(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "range" and len(call.args) == 1


def tests(source: Source) -> Iterator[tuple[Site, ast.For, int]]:
    """Yield the comparisons with something that is replaced where they hold: where they stand, and
    the search around.
    """
    for loop, rounds in _searches(source):
        for site in source.sites:
            if _in_body(loop, site) and _compares_with_replaced(site, _variable(loop)):
                yield site, loop, rounds


def _compares_with_replaced(site: Site, variable: str) -> bool:
    """Whether a site is the test of an ``if`` that changes what the test compares with."""
    match site.statement.node:
        case ast.If(test=ast.Compare() as test, orelse=[]) as statement if test is site.node:
            changed = set[str]().union(*map(bound, statement.body))
            plain = _compares(test) and variable not in reads(test)
            return plain and not changed.isdisjoint(reads(test.comparators[0]))
    return False


def _compares(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    return isinstance(test.ops[0], ast.Gt | ast.GtE | ast.Lt | ast.LtE)


def bound(statement: ast.stmt) -> set[str]:
    names = (each for each in ast.walk(statement) if isinstance(each, ast.Name))
    return {each.id for each in names if isinstance(each.ctx, ast.Store)}


def _variable(loop: ast.For) -> str:
    assert isinstance(loop.target, ast.Name)
    return loop.target.id


def _in_head(loop: ast.For, site: Site) -> bool:
    return site.statement.node is loop and loop.iter in site.above


def _in_body(loop: ast.For, site: Site) -> bool:
    assert loop.end_lineno is not None
    return loop.body[0].lineno <= site.node.lineno <= loop.end_lineno


def _is_power_of(loop: ast.For, site: Site) -> bool:
    above = site.parent
    if not isinstance(above, ast.BinOp) or not isinstance(above.op, ast.Pow):
        return False
    right = above.right
    return above.left is site.node and isinstance(right, ast.Name) and right.id == _variable(loop)


def _is_share_of(site: Site) -> bool:
    above = site.parent
    return (
        isinstance(above, ast.BinOp)
        and isinstance(above.op, ast.Div)
        and (above.right is site.node)
    )
