"""Simplify: remove what is dead, fold what is constant, and try shorter text in an expression's place."""

from __future__ import annotations

import ast

import numpy as np

from cladogen.proposers.syntax.code import number
from cladogen.proposers.syntax.edit import apply, code_of, put, remove_line, suits
from cladogen.proposers.syntax.grow import pick, rounded
from cladogen.proposers.syntax.operators import constants
from cladogen.proposers.syntax.source import Place, Source
from cladogen.proposers.syntax.statements import dispensable, reads


def simplify(source: Source, donor: Source | None, rng: np.random.Generator) -> str | None:
    """Make the program shorter; whether the score stays is for the evaluation to say."""
    way = rng.random()
    if way < 0.2:
        text = tidy(source)
        if text != source.text:
            return text
    if way < 0.35:
        return _round(source, rng)
    if way < 0.55:
        found = [line for line in source.lines if source.alone(line.node) and dispensable(source, line)]
        if found:
            return apply(source, remove_line(source, pick(found, rng)))
    return _shrink(source, rng)


def _shrink(source: Source, rng: np.random.Generator) -> str | None:
    """Put a part, or a plain number, in the place of an expression."""
    found = [p for p in source.places if not isinstance(p.node, ast.Name | ast.Constant) and p.kind.base != "other"]
    if not found:
        return None
    place = pick(found, rng)
    parts = [
        each for each in source.places
        if place.node in each.above and each.names is place.names and suits(source, place, each.kind)
        and each.kind.base != "other"
    ]  # fmt: skip
    return apply(source, put(source, place, code_of(source, pick(parts, rng).node))) if parts else None


def _round(source: Source, rng: np.random.Generator) -> str | None:
    """Write one number with fewer digits."""
    found = [(place, value) for place, value in constants(source) if rounded(value, 2) != value or value != int(value)]
    if not found:
        return None
    place, value = pick(found, rng)
    short = rounded(value, len(f"{abs(value):g}".replace(".", "").strip("0")) - 1 or 1)
    whole = round(short)
    return apply(source, put(source, place, number(whole if whole == short or abs(value) > 20 else short)))


def tidy(source: Source) -> str:
    """Return the file without statements that nothing reads, and without operations that do nothing."""
    for line in source.lines:
        if source.alone(line.node) and _dead(source, line.node, line.function) and len(line.block) > 1:
            return tidy(Source(apply(source, remove_line(source, line))))
    for place in source.places:
        shorter = _identity(source, place)
        if shorter is not None:
            return tidy(Source(shorter))
    return source.text


def _dead(source: Source, node: ast.stmt, function: str) -> bool:
    """Tell whether a statement only binds names that its function never reads."""
    if not isinstance(node, ast.Assign) or not all(isinstance(each, ast.Name) for each in node.targets):
        return False
    if any(isinstance(each, ast.Call) and not source.kinds.function(each) for each in ast.walk(node)):
        return False
    read = set().union(*(reads(line.node) for line in source.lines if line.function.startswith(function)))
    return not any(isinstance(each, ast.Name) and each.id in read for each in node.targets)


def _identity(source: Source, place: Place) -> str | None:
    """Return the file with ``x + 0``, ``x * 1``, ``--x`` and ``abs(abs(x))`` written as ``x``."""
    match place.node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant(value=0)):
            inner: ast.expr = left
        case ast.BinOp(left=left, op=ast.Mult() | ast.Pow() | ast.Div(), right=ast.Constant(value=1)):
            inner = left
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Mult(), right=right):
            inner = right
        case ast.BinOp(left=ast.Constant(value=0), op=ast.Add(), right=right):
            inner = right
        case ast.UnaryOp(op=ast.USub(), operand=ast.UnaryOp(op=ast.USub(), operand=operand)):
            inner = operand
        case _:
            return None
    return apply(source, put(source, place, code_of(source, inner)))
