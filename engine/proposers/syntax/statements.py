"""Operators on whole statements: insert, delete, double, exchange."""

from __future__ import annotations

import ast

import numpy as np

from cladogen.proposers.syntax.code import Code, binary, call
from cladogen.proposers.syntax.edit import add_line, apply, put, remove_line
from cladogen.proposers.syntax.flow import (
    dispensable_lines,
    first_binds,
    is_read_from,
    self_changing,
)
from cladogen.proposers.syntax.grow import Grower
from cladogen.proposers.syntax.kinds import FLOAT, ValueType
from cladogen.proposers.syntax.numbers import constants
from cladogen.proposers.syntax.pick import pick
from cladogen.proposers.syntax.sites import Site, SourceLine
from cladogen.proposers.syntax.source import Source


def insert(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Insert a statement: change a variable, for everything or where a condition holds."""
    spots = [line for line in source.lines if source.alone(line.node)]
    line = pick(spots, rng)
    targets = [name for name, kind in line.names.items() if _may_change(source, line, name, kind)]
    name = pick(targets, rng)
    grow = Grower(source, line.names, [float(value) for _, value in constants(source)], rng)
    return apply(source, add_line(source, line, _update(grow, name, line.names[name])))


def _may_change(source: Source, line: SourceLine, name: str, kind: ValueType) -> bool:
    return kind.base in ("array", "float") and is_read_from(source, line, name)


def _update(grow: Grower, name: str, kind: ValueType) -> str:
    """Return the text of a statement that changes ``name``."""
    rng = grow.rng
    change = grow.expression(kind if rng.random() < 0.7 else FLOAT, 1)
    if _is_masked(grow, kind):
        return _masked_update(grow, name, kind, change)
    text = _plain_update(name, kind, pick("++-*", rng), change)
    test = grow.test(1) if grow.numbers else None
    if test is not None and rng.random() < 0.4:
        return f"if {test.text}:\n    {text}"
    return text


def _is_masked(grow: Grower, kind: ValueType) -> bool:
    """Draw whether some items of an array change and others do not."""
    return bool(kind.wide and grow.np) and grow.rng.random() < 0.6


def _plain_update(name: str, kind: ValueType, symbol: str, change: Code) -> str:
    """Return an update without a condition. An array changes by a new value: in place would reach
    the caller's array, and whole numbers refuse fractions.
    """
    if kind.wide:
        return f"{name} = {binary(Code(name), symbol, change).text}"
    return f"{name} {symbol}= {change.text}"


def _masked_update(grow: Grower, name: str, kind: ValueType, change: Code) -> str:
    """Return the text of a statement that changes an array where a condition holds."""
    mask, old = grow.mask(kind.shape, 2), Code(name)
    added = grow.rng.random() < 0.6
    new = binary(old, pick("+-*", grow.rng), change) if added else change
    return f"{name} = {call(f'{grow.np}.where', mask, new, old).text}"


def bind(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Give a part of an expression a name of its own, so that it can be read twice."""
    found = [site for site in source.sites if may_be_named(source, site)]
    site = pick(found, rng)
    name = fresh_name(site.statement, site.kind)
    edits = [
        add_line(source, site.statement, f"{name} = {source.get(site.node)}"),
        put(source, site, Code(name)),
    ]
    readers = [each for each in source.sites if _comes_after(site, each)]
    if readers and rng.random() < 0.5:
        edits.append(put(source, pick(readers, rng), Code(name)))
    return apply(source, *edits)


def may_be_named(source: Source, site: Site) -> bool:
    """Tell whether an expression's value can be known before its statement."""
    statement = site.statement
    if isinstance(site.node, ast.Name | ast.Constant) or not statement.function:
        return False
    if site.kind.base not in ("array", "float", "mask") or site.names is not statement.names:
        return False
    return source.alone(statement.node) and not isinstance(statement.node, ast.While | ast.If)


def _comes_after(site: Site, other: Site) -> bool:
    """Tell whether another site of the same kind comes later in the same block."""
    same_block = other.statement.block is site.statement.block
    return same_block and other.node.lineno > site.node.lineno and other.kind == site.kind


def fresh_name(line: SourceLine, kind: ValueType | None) -> str:
    """Return a name that the block does not use, for a value of a kind; None for a table."""
    stems = {"mask": "chosen", "array": "part"}
    stem = "knots" if kind is None else stems.get(kind.base, "value")
    block = ast.walk(ast.Module(list(line.block), []))
    taken = {*line.names, *(each.id for each in block if isinstance(each, ast.Name))}
    names = (stem, *(f"{stem}{number}" for number in range(2, 1000)))
    return next(name for name in names if name not in taken)


def delete(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Remove a statement whose names are bound without it, or that binds none; a condition may
    leave its body.
    """
    line = pick(dispensable_lines(source), rng)
    if isinstance(line.node, ast.If) and not line.node.orelse and rng.random() < 0.5:
        return unwrapped(source, line)
    return apply(source, remove_line(source, line))


def unwrapped(source: Source, line: SourceLine) -> str:
    """Return the file with a condition's body in place of the condition."""
    assert isinstance(line.node, ast.If)
    first, last = source.rows(line.node)
    indent = source.indent(line.node)
    inner = source.indent(line.node.body[0])
    start = source.rows(line.node.body[0])[0]
    rows = source.data[start:last].decode("utf-8", "surrogateescape").splitlines(keepends=True)
    body = "".join(indent + row[len(inner) :] if row.startswith(inner) else row for row in rows)
    return apply(source, (first, last, body))


def double(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Repeat a statement that changes a variable, with one number of the repetition changed."""
    found = [line for line in source.lines if source.alone(line.node) and self_changing(line.node)]
    line = pick(found, rng)
    at = source.rows(line.node)[1]
    return apply(source, (at, at, f"{source.indent(line.node)}{_varied(source, line, rng)}\n"))


def _varied(source: Source, line: SourceLine, rng: np.random.Generator) -> str:
    """Return a statement's text with one of its numbers changed."""
    inside = [each for each in constants(source) if each[0].statement.node is line.node]
    text = source.get(line.node)
    if not inside:
        return text
    site, value = pick(inside, rng)
    offset = source.span(line.node)[0]
    start, end = (at - offset for at in source.span(site.node))
    data = text.encode("utf-8", "surrogateescape")
    data = data[:start] + repr(_scaled(value, rng)).encode() + data[end:]
    return data.decode("utf-8", "surrogateescape")


def _scaled(value: float, rng: np.random.Generator) -> float | int:
    if isinstance(value, int):
        return round(value * float(np.exp(rng.normal(0, 0.5))))
    return value * 1.5


def reorder(source: Source, donor: Source | None, rng: np.random.Generator) -> str:
    """Exchange two neighbouring statements."""
    found = [line for line in source.lines if _may_trade_places(source, line)]
    line = pick(found, rng)
    assert line.following is not None
    one, two = source.rows(line.node), source.rows(line.following)
    data = source.data
    swapped = data[two[0] : two[1]] + data[one[1] : two[0]] + data[one[0] : one[1]]
    return apply(source, (one[0], two[1], swapped.decode("utf-8", "surrogateescape")))


def _may_trade_places(source: Source, line: SourceLine) -> bool:
    """Tell whether a statement may come after the next one."""
    after = line.following
    if after is None or isinstance(after, ast.Return | ast.FunctionDef):
        return False
    if not source.editable(after) or not (source.alone(line.node) and source.alone(after)):
        return False
    return not first_binds(line)
