"""The operators by name, with the odds they start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from cladogen.program import Program
from cladogen.proposers.syntax import (
    cross,
    expressions,
    numbers,
    operators,
    simplify,
    statements,
    text,
)
from cladogen.proposers.syntax.kinds import ValueType
from cladogen.proposers.syntax.operators import Operator
from cladogen.proposers.syntax.pick import NothingToDo
from cladogen.proposers.syntax.reader import Calls
from cladogen.proposers.syntax.source import Source
from cladogen.python_tree import python_tree

TextOperator = Callable[[str, str | None, np.random.Generator], str]

PYTHON: Mapping[str, Operator] = {
    "constant": numbers.constant,
    "operator": operators.operator,
    "replace": expressions.replace,
    "wrap": expressions.wrap,
    "hoist": expressions.hoist,
    "exchange": expressions.exchange,
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
def source_of(file_text: str, given: Calls = (), original: str = "") -> Source | None:
    """Return a Python file read, or None when it is not Python that can be read."""
    try:
        return Source(file_text, given, original)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def calls_from_elsewhere(program: Program, path: str) -> Calls:
    """Return what the other Python files of a program call functions with."""
    found: dict[str, tuple[ValueType, ...]] = {}
    for other in program:
        if other != path and other.endswith(".py"):
            source = source_of(program.text(other))
            found.update(source.calls if source is not None else ())
    return tuple((name, found[name]) for name in sorted(found))


def change(
    path: str, name: str, old: str, donor: str | None, rng: np.random.Generator, given: Calls = ()
) -> str | None:
    """Return ``old`` changed by the operator ``name``, or None where that operator finds nothing to
    do.
    """
    source = source_of(old, given) if path.endswith(".py") else None
    try:
        if source is None:
            return TEXT[name](old, donor, rng) if name in TEXT else None
        new = _changed(source, name, None if donor is None else source_of(donor, given), rng)
    except NothingToDo:
        return None
    return new if new != old and parses(new) else None


def _changed(source: Source, name: str, donor: Source | None, rng: np.random.Generator) -> str:
    if name not in PYTHON:
        raise NothingToDo
    return PYTHON[name](source, donor, rng)


def parses(text: str) -> bool:
    """Tell whether a text is Python."""
    try:
        python_tree(text)
    except SyntaxError:
        return False
    return True
