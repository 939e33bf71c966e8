"""Judged: which names of a program the evaluator uses that no prompt shows.

Who may write a whole file anew has to know what is called from outside. Only names that the program
has itself are said, and nothing else of the evaluator.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from cladogen.program import Program

ASKING = ("getattr", "hasattr")
SAID = re.compile(r"\.(\w+)\(")  # in code that an evaluator writes out for another process


def names_used(program: Program, editable: Iterable[str], evaluators: Iterable[str]) -> list[str]:
    """Return the functions and classes of the files that may change that evaluators use, in the
    order of the program.
    """
    own = [name for path in editable for name in _defined(program, path)]
    used = {name for path in evaluators for name in _used(program, path)}
    return [name for name in dict.fromkeys(own) if name in used]


def _defined(program: Program, path: str) -> Iterator[str]:
    """Yield what a file defines at its outermost level."""
    for node in _parsed(program, path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def _used(program: Program, path: str) -> Iterator[str]:
    """Yield the names that a file takes from something that it did not import itself."""
    tree = _parsed(program, path)
    modules = frozenset(_modules(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            yield from _mentioned(node)
        elif _root(node) not in modules:
            yield node.attr


def _mentioned(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node which is no attribute takes from elsewhere."""
    if isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.Call):
        yield from _named(node)
    else:
        yield from SAID.findall(_text_of(node))


def _text_of(node: ast.AST) -> str:
    """Return the text that a node is, "" for what is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


def _modules(tree: ast.AST) -> Iterator[str]:
    """Yield the names under which a file has imported something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0]


def _root(node: ast.expr) -> str:
    """Return the name that a chain of attributes begins with, "" for what is no name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _named(call: ast.Call) -> Iterator[str]:
    """Yield the names that a call is given as texts: getattr(program, "run"), run(function="f")."""
    asks = isinstance(call.func, ast.Name) and call.func.id in ASKING
    given = [*(call.args[1:2] if asks else ()), *(keyword.value for keyword in call.keywords)]
    return filter(None, map(_text_of, given))


def _parsed(program: Program, path: str) -> ast.Module:
    try:
        return ast.parse(program.text(path) if path.endswith(".py") else "")
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])
