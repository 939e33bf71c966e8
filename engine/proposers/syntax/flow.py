"""Which names statements read and bind, and what may be left out."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from cladogen.proposers.syntax.sites import SourceLine
from cladogen.proposers.syntax.source import Source

_STAY = (ast.Return, ast.Raise, ast.Import, ast.Global, ast.Pass)
_GO = (ast.AugAssign, ast.If, ast.Expr, ast.For, ast.While)


def reads(node: ast.AST) -> set[str]:
    """Return the names that a statement or expression reads."""
    names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    return {each.id for each in names if isinstance(each.ctx, ast.Load)}


def names_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Return every name that stands in some nodes, read or bound."""
    walked = (each for node in nodes for each in ast.walk(node))
    return {each.id for each in walked if isinstance(each, ast.Name)}


def is_read_from(source: Source, line: SourceLine, name: str) -> bool:
    """Tell whether a variable is read at or after a statement of its function."""
    here = [each for each in source.statements if each.function == line.function]
    later = (each.node for each in here if each.node.lineno >= line.node.lineno)
    return any(name in reads(node) for node in later)


def dispensable(source: Source, line: SourceLine) -> bool:
    """Tell whether a statement can go without leaving a name unbound that is read later."""
    node = line.node
    if len(line.block) < 2 or isinstance(node, _STAY):
        return False
    if isinstance(node, ast.Assign):
        return _assignment_may_go(source, line, node.targets)
    if isinstance(node, ast.AnnAssign):
        return _assignment_may_go(source, line, [node.target])
    return isinstance(node, _GO)


def dispensable_lines(source: Source) -> list[SourceLine]:
    """Return the statements on lines of their own that can go."""
    return [line for line in source.lines if source.alone(line.node) and dispensable(source, line)]


def _assignment_may_go(source: Source, line: SourceLine, targets: list[ast.expr]) -> bool:
    if any(isinstance(target, ast.Subscript) for target in targets):
        return True
    new = names_in(targets) - set(line.names)
    return not any(_is_read_later(source, line, name) for name in new)


def _is_read_later(source: Source, line: SourceLine, name: str) -> bool:
    here = [each for each in source.statements if each.function == line.function]
    later = (each.node for each in here if each.node.lineno > line.node.lineno)
    return any(name in reads(node) for node in later)


def self_changing(node: ast.stmt) -> bool:
    """Tell whether a statement gives a variable a value made from its old one."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name in names_in([value])
        case ast.Assign(targets=[ast.Subscript()]):
            return True
    return isinstance(node, ast.AugAssign | ast.If)


def first_binds(line: SourceLine) -> bool:
    """Tell whether the next statement reads a name that this one binds first."""
    assert line.following is not None
    names = (each for each in ast.walk(line.node) if isinstance(each, ast.Name))
    bound = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    return bool((bound - set(line.names)) & reads(line.following))
