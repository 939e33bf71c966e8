"""Tidy: take out of a file what does nothing."""

from __future__ import annotations

import ast
import operator

from cladogen.proposers.syntax.code import Code, number
from cladogen.proposers.syntax.edit import Edit, apply, code_of, put, remove_line
from cladogen.proposers.syntax.flow import reads
from cladogen.proposers.syntax.sites import Site, SourceLine
from cladogen.proposers.syntax.source import Source

_SAME = frozenset(("min", "max", "minimum", "maximum", "where", "fmin", "fmax"))
_FOLDS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def tidy(source: Source) -> str:
    """Return the file without what does nothing: unread variables, ``x = x``, ``x + 0``, sums of
    plain numbers.
    """
    while (edit := _first_edit(source)) is not None:
        source = Source(apply(source, edit), tuple(source.given.items()), source.original)
    return source.text


def _first_edit(source: Source) -> Edit | None:
    for line in source.lines:
        if source.alone(line.node) and len(line.block) > 1 and _is_dead(source, line):
            return remove_line(source, line)
    return _first_identity(source)


def _first_identity(source: Source) -> Edit | None:
    for site in source.sites:
        code = _identity(source, site)
        if code is not None:
            return put(source, site, code)
    return None


def _is_dead(source: Source, line: SourceLine) -> bool:
    """Tell whether a statement only binds names that its function never reads, or a name to
    itself.
    """
    match line.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)) if name == other:
            return True
        case ast.Assign(targets=targets, value=value):
            return not _has_effects(source, value) and _binds_unread(source, line, targets)
    return False


def _has_effects(source: Source, value: ast.expr) -> bool:
    """Tell whether an expression calls what may do more than give a value."""
    calls = (each for each in ast.walk(value) if isinstance(each, ast.Call))
    return any(not source.kinds.function(each) for each in calls)


def _binds_unread(source: Source, line: SourceLine, targets: list[ast.expr]) -> bool:
    names = {each.id for each in targets if isinstance(each, ast.Name)}
    plain = all(isinstance(each, ast.Name) for each in targets)
    return plain and not names & _read_in(source, line.function)


def _read_in(source: Source, function: str) -> set[str]:
    """Return the names that statements of a function, and of those inside it, read."""
    here = (each for each in source.statements if each.function.startswith(function))
    return set().union(*(reads(each.node) for each in here))


def _identity(source: Source, site: Site) -> Code | None:
    """Return what ``x + 0``, ``x * 1``, ``--x``, ``max(x, x)`` or ``5 + 6`` come to, plainly
    written.
    """
    inner = _unchanged(site.node)
    if inner is not None:
        return code_of(source, inner)
    match site.node:
        case ast.BinOp(
            left=ast.Constant(value=int() as one), op=sign, right=ast.Constant(value=int() as two)
        ):
            return number(_FOLDS[type(sign)](one, two)) if type(sign) in _FOLDS else None
        case ast.Call(args=[*_, one, two]) if ast.dump(one) == ast.dump(two):
            return code_of(source, one) if source.kinds.function(site.node) in _SAME else None
    return None


def _unchanged(node: ast.expr) -> ast.expr | None:
    """Return the part of an expression that the rest of it leaves as it is."""
    match node:
        case ast.BinOp(left=ast.Constant(value=int()), right=ast.Constant(value=int())):
            return None
        case (
            ast.BinOp(left=inner, op=ast.Add() | ast.Sub(), right=ast.Constant(value=0))
            | ast.BinOp(
                left=inner, op=ast.Mult() | ast.Pow() | ast.Div(), right=ast.Constant(value=1)
            )
            | ast.BinOp(left=ast.Constant(value=1), op=ast.Mult(), right=inner)
            | ast.BinOp(left=ast.Constant(value=0), op=ast.Add(), right=inner)
            | ast.UnaryOp(op=ast.USub(), operand=ast.UnaryOp(op=ast.USub(), operand=inner))
        ):
            return inner
    return None
