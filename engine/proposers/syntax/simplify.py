"""Simplify: every way to make a program a little shorter, and the ones that cannot change what it
does.
"""

from __future__ import annotations

import ast
import operator

import numpy as np

from cladogen.proposers.syntax.code import number
from cladogen.proposers.syntax.edit import Edit, apply, code_of, put, remove_line, suits
from cladogen.proposers.syntax.grow import pick, rounded
from cladogen.proposers.syntax.operators import constants
from cladogen.proposers.syntax.source import Place, Source, SourceLine
from cladogen.proposers.syntax.statements import dispensable, reads, unwrapped

WIDTH = 100


def simplify(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Make the program shorter; whether the score stays is for the evaluation to say."""
    found = reductions(source)
    return pick(found, rng) if found else None


def reductions(source: Source) -> list[str]:
    """Return the file made shorter in one place, in every way known here, the shortest first."""
    texts = [
        tidy(source),
        *_without_lines(source),
        *_inlined(source),
        *_with_parts(source),
        *_rounded(source),
    ]
    return sorted(
        {text for text in texts if weight(text) < weight(source.text)},
        key=lambda text: (weight(text), text),
    )


def weight(text: str) -> int:
    """Return how much there is to read: characters that are not space."""
    return sum(map(len, text.split()))


def _without_lines(source: Source) -> list[str]:
    found = [line for line in source.lines if source.alone(line.node) and dispensable(source, line)]
    whole = [apply(source, remove_line(source, line)) for line in found]
    return whole + [
        unwrapped(source, line)
        for line in found
        if isinstance(line.node, ast.If) and not line.node.orelse
    ]


def _with_parts(source: Source) -> list[str]:
    """Return the file with a direct part of an expression in the expression's place."""
    wholes = {place.node: place for place in source.places if place.kind.base != "other"}
    return [
        apply(source, put(source, wholes[part.parent], code_of(source, part.node)))
        for part in source.places
        if isinstance(part.parent, ast.expr)
        and part.parent in wholes
        and part.kind.base != "other"
        and part.names is wholes[part.parent].names
        and suits(source, wholes[part.parent], part.kind)
    ]


def _rounded(source: Source) -> list[str]:
    """Return the file with one number written with a digit less."""
    texts = []
    for place, value in constants(source):
        digits = len(f"{abs(value):.12g}".replace(".", "").strip("0"))
        short = rounded(value, max(1, digits - 1))
        if isinstance(value, float) and short != value:
            texts.append(apply(source, put(source, place, number(short))))
        if isinstance(value, float) and round(value) != 0:
            texts.append(apply(source, put(source, place, number(round(value)))))
    return texts


def _inlined(source: Source) -> list[str]:
    """Return the file with a variable's value in the one place that reads it, in the next
    statement.
    """
    texts = []
    for line in source.lines:
        match line.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if source.alone(line.node):
                readers = [
                    p for p in source.places if isinstance(p.node, ast.Name) and p.node.id == name
                ]
                readers = [p for p in readers if p.statement.node.lineno > line.node.lineno]
                after = line.block[line.index + 1] if line.index + 1 < len(line.block) else None
                if len(readers) == 1 and readers[0].statement.node is after:
                    edits = [
                        remove_line(source, line),
                        put(source, readers[0], code_of(source, value)),
                    ]
                    text = apply(source, *edits)
                    texts += [text] if max(map(len, text.splitlines())) <= WIDTH else []
    return texts


def tidy(source: Source) -> str:
    """Return the file without what does nothing: unread variables, ``x = x``, ``x + 0``, sums of
    plain numbers.
    """
    for line in source.lines:
        if source.alone(line.node) and len(line.block) > 1 and _dead(source, line):
            return tidy(_again(source, remove_line(source, line)))
    for place in source.places:
        edit = _identity(source, place)
        if edit is not None:
            return tidy(_again(source, edit))
    return source.text


def _again(source: Source, edit: Edit) -> Source:
    return Source(apply(source, edit), tuple(source.given.items()))


def _dead(source: Source, line: SourceLine) -> bool:
    """Tell whether a statement only binds names that its function never reads, or a name to
    itself.
    """
    match line.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)) if name == other:
            return True
        case ast.Assign(targets=targets, value=value) if all(
            isinstance(each, ast.Name) for each in targets
        ):
            if any(
                isinstance(each, ast.Call) and not source.kinds.function(each)
                for each in ast.walk(value)
            ):
                return False
            here = [each for each in source.lines if each.function.startswith(line.function)]
            read = set().union(*(reads(each.node) for each in here))
            return not any(isinstance(each, ast.Name) and each.id in read for each in targets)
    return False


_FOLDS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def _identity(source: Source, place: Place) -> Edit | None:
    """Return the edit that writes ``x + 0``, ``x * 1``, ``--x``, ``max(x, x)`` as ``x`` and ``5 +
    6`` as ``11``.
    """
    match place.node:
        case ast.BinOp(
            left=ast.Constant(value=int() as one), op=sign, right=ast.Constant(value=int() as two)
        ):
            fold = _FOLDS.get(type(sign))
            return put(source, place, number(fold(one, two))) if fold else None
        case (
            ast.BinOp(left=inner, op=ast.Add() | ast.Sub(), right=ast.Constant(value=0))
            | ast.BinOp(
                left=inner, op=ast.Mult() | ast.Pow() | ast.Div(), right=ast.Constant(value=1)
            )
            | ast.BinOp(left=ast.Constant(value=1), op=ast.Mult(), right=inner)
            | ast.BinOp(left=ast.Constant(value=0), op=ast.Add(), right=inner)
            | ast.UnaryOp(op=ast.USub(), operand=ast.UnaryOp(op=ast.USub(), operand=inner))
        ):
            return put(source, place, code_of(source, inner))
        case ast.Call(args=[*_, one, two]) if source.kinds.function(place.node) in _SAME:
            if ast.dump(one) == ast.dump(two):
                return put(source, place, code_of(source, one))
    return None


_SAME = frozenset(("min", "max", "minimum", "maximum", "where", "fmin", "fmax"))
