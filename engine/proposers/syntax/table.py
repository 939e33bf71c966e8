"""The operators by name, with the odds they start from."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from cladogen.program import Program
from cladogen.proposers.syntax import cross, operators, simplify, statements, text
from cladogen.proposers.syntax.kinds import ValueType
from cladogen.proposers.syntax.operators import Operator
from cladogen.proposers.syntax.source import Calls, Source

TextOperator = Callable[[str, str | None, np.random.Generator], str | None]

PYTHON: Mapping[str, Operator] = {
    "constant": operators.constant,
    "operator": operators.operator,
    "replace": operators.replace,
    "wrap": operators.wrap,
    "hoist": operators.hoist,
    "exchange": operators.exchange,
    "name": operators.name,
    "function": operators.function,
    "negate": operators.negate,
    "insert": statements.insert,
    "bind": statements.bind,
    "delete": statements.delete,
    "double": statements.double,
    "reorder": statements.reorder,
    "cross": cross.cross,
    "graft": cross.graft,
    "simplify": simplify.simplify,
}
TEXT: Mapping[str, TextOperator] = {
    "constant": text.number,
    "operator": text.sign,
    "line": text.line,
}
NAMES = tuple(dict.fromkeys((*PYTHON, *TEXT)))
ODDS: Mapping[str, float] = {"constant": 2.0, "bind": 0.5, "negate": 0.5, "reorder": 0.5}


@lru_cache(maxsize=2048)
def source_of(file_text: str, given: Calls = ()) -> Source | None:
    """Return a Python file read, or None when it is not Python that can be read."""
    try:
        return Source(file_text, given)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def calls_from_elsewhere(program: Program, path: str) -> Calls:
    """Return what the other Python files of a program call functions with."""
    found: dict[str, tuple[ValueType, ...]] = {}
    for other in program:
        source = source_of(program.text(other)) if other != path and other.endswith(".py") else None
        if source is not None:
            found.update(source.calls)
    return tuple((name, found[name]) for name in sorted(found))


def change(
    path: str, name: str, old: str, donor: str | None, rng: np.random.Generator, given: Calls = ()
) -> str | None:
    """Return ``old`` changed by the operator ``name``, or None where that operator finds nothing to
    do.
    """
    source = source_of(old, given) if path.endswith(".py") else None
    if source is None:
        return TEXT[name](old, donor, rng) if name in TEXT else None
    if name not in PYTHON:
        return None
    new = PYTHON[name](source, source_of(donor, given) if donor is not None else None, rng)
    return new if new is not None and _parses(new) else None


def _parses(text: str) -> bool:
    try:
        compile(text, "child", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
