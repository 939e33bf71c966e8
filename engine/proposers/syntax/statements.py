"""Operators on whole statements: insert, delete, double, exchange."""

from __future__ import annotations

import ast

import numpy as np

from cladogen.proposers.syntax.code import Code, binary, call
from cladogen.proposers.syntax.edit import add_line, apply, put, remove_line
from cladogen.proposers.syntax.grow import Grower, pick
from cladogen.proposers.syntax.kinds import FLOAT, ValueType
from cladogen.proposers.syntax.operators import constants
from cladogen.proposers.syntax.source import Source, SourceLine


def insert(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Insert a statement: change a variable, for everything or where a condition holds."""
    spots = [
        line
        for line in source.lines
        if source.alone(line.node) and not isinstance(line.node, ast.FunctionDef)
    ]
    if not spots:
        return None
    line = pick(spots, rng)
    grow = Grower(source, line.names, [float(value) for _, value in constants(source)], rng)
    targets = [
        name for name, kind in line.names.items()
        if kind.base in ("array", "float") and _changes_matter(source, line, name)
    ]  # fmt: skip
    if not targets:
        return None
    name = pick(targets, rng)
    text = _update(grow, name, line.names[name], name in line.parameters, rng)
    return apply(source, add_line(source, line, text)) if text else None


def _changes_matter(source: Source, line: SourceLine, name: str) -> bool:
    """Tell whether a variable is read at or after a statement of the same function."""
    return any(
        each.function == line.function
        and each.node.lineno >= line.node.lineno
        and name in reads(each.node)
        for each in source.lines
    )


def reads(node: ast.stmt) -> set[str]:
    return {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }


def _update(
    grow: Grower, name: str, kind: ValueType, given: bool, rng: np.random.Generator
) -> str | None:
    """Return the text of a statement that changes ``name``."""
    old = Code(name)
    change = grow.expression(kind if rng.random() < 0.7 else FLOAT, 1)
    if change is None:
        return None
    if kind.wide and grow.np and rng.random() < 0.6:
        mask = grow.mask(kind.shape, 2)
        if mask is None:
            return None
        new = binary(old, pick("+-*", rng), change) if rng.random() < 0.6 else change
        return f"{name} = {call(f'{grow.np}.where', mask, new, old).text}"
    # An array changes by a new value: in place would reach the caller's array, and whole numbers
    # refuse fractions.
    symbol = pick("++-*", rng)
    text = (
        f"{name} = {binary(old, symbol, change).text}"
        if kind.wide
        else f"{name} {symbol}= {change.text}"
    )
    test = grow.test(1)
    if test is not None and rng.random() < 0.4:
        return f"if {test.text}:\n    {text}"
    return text


def bind(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Give a part of an expression a name of its own, so that it can be read twice."""
    found = [
        place for place in source.places
        if not isinstance(place.node, ast.Name | ast.Constant)
        and place.kind.base in ("array", "float", "mask")
        and source.alone(place.statement.node)
        and place.statement.function
        and not isinstance(place.statement.node, ast.While | ast.If)
        and place.names is place.statement.names
    ]  # fmt: skip
    if not found:
        return None
    place = pick(found, rng)
    name = _fresh(place.statement, place.kind)
    edits = [
        add_line(source, place.statement, f"{name} = {source.get(place.node)}"),
        put(source, place, Code(name)),
    ]
    readers = [
        each
        for each in source.places
        if each.node.lineno > place.node.lineno
        and each.statement.function == place.statement.function
        and each.statement.block is place.statement.block
        and each.kind == place.kind
    ]
    if readers and rng.random() < 0.5:
        other = pick(readers, rng)
        edits.append(put(source, other, Code(name)))
    return apply(source, *edits)


def _fresh(line: SourceLine, kind: ValueType) -> str:
    stem = {"mask": "chosen", "array": "part"}.get(kind.base, "value")
    taken = set(line.names) | {
        each.id for each in ast.walk(ast.Module(list(line.block), [])) if isinstance(each, ast.Name)
    }
    return next(
        name
        for name in (stem, *(f"{stem}{number}" for number in range(2, 1000)))
        if name not in taken
    )


def delete(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Remove a statement whose names are bound without it, or that binds none; a condition may
    leave its body.
    """
    found = [line for line in source.lines if source.alone(line.node) and dispensable(source, line)]
    if not found:
        return None
    line = pick(found, rng)
    if isinstance(line.node, ast.If) and not line.node.orelse and rng.random() < 0.5:
        return unwrapped(source, line)
    return apply(source, remove_line(source, line))


def dispensable(source: Source, line: SourceLine) -> bool:
    node = line.node
    if len(line.block) < 2 or isinstance(
        node, ast.Return | ast.Raise | ast.Import | ast.Global | ast.Pass
    ):
        return False
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [
            each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
        ]
        if any(isinstance(target, ast.Subscript) for target in targets):
            return True
        return all(name in line.names or not _read_later(source, line, name) for name in names)
    return isinstance(node, ast.AugAssign | ast.If | ast.Expr | ast.For | ast.While)


def _read_later(source: Source, line: SourceLine, name: str) -> bool:
    return any(
        each.function == line.function
        and each.node.lineno > line.node.lineno
        and name in reads(each.node)
        for each in source.lines
    )


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


def double(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Repeat a statement that changes a variable, with one number of the repetition changed."""
    found = [line for line in source.lines if source.alone(line.node) and _changes(line)]
    if not found:
        return None
    line = pick(found, rng)
    inside = [
        (place, value) for place, value in constants(source) if place.statement.node is line.node
    ]
    text = source.get(line.node)
    if inside:
        place, value = pick(inside, rng)
        start, end = source.span(place.node)
        offset = source.span(line.node)[0]
        changed = (
            round(value * float(np.exp(rng.normal(0, 0.5))))
            if isinstance(value, int)
            else value * 1.5
        )
        data = text.encode("utf-8", "surrogateescape")
        text = (data[: start - offset] + repr(changed).encode() + data[end - offset :]).decode(
            "utf-8", "surrogateescape"
        )
    indent = source.indent(line.node)
    return apply(
        source, (source.rows(line.node)[1], source.rows(line.node)[1], f"{indent}{text}\n")
    )


def _changes(line: SourceLine) -> bool:
    """Tell whether a statement gives a variable a value made from its old one."""
    match line.node:
        case ast.AugAssign():
            return True
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name in {each.id for each in ast.walk(value) if isinstance(each, ast.Name)}
        case ast.Assign(targets=[ast.Subscript()]) | ast.If():
            return True
    return False


def reorder(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Exchange two neighbouring statements."""
    found = [
        line
        for line in source.lines
        if line.index + 1 < len(line.block) and source.alone(line.node)
    ]
    found = [
        line
        for line in found
        if not isinstance(following(line), ast.Return | ast.FunctionDef)
        and source.alone(following(line))
        and source.editable(following(line))
        and not _first_binding(line)
    ]
    if not found:
        return None
    line = pick(found, rng)
    one, two = source.rows(line.node), source.rows(following(line))
    data = source.data
    swapped = data[two[0] : two[1]] + data[one[1] : two[0]] + data[one[0] : one[1]]
    return apply(source, (one[0], two[1], swapped.decode("utf-8", "surrogateescape")))


def following(line: SourceLine) -> ast.stmt:
    """Return the next statement of the block."""
    return line.block[line.index + 1]


def _first_binding(line: SourceLine) -> bool:
    """Tell whether the next statement reads a name that this one binds first."""
    bound = {
        each.id
        for each in ast.walk(line.node)
        if isinstance(each, ast.Name)
        and isinstance(each.ctx, ast.Store)
        and each.id not in line.names
    }
    return bool(bound & reads(following(line)))
