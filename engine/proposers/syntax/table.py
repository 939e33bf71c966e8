"""The operators by name, with the odds they start from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import numpy as np

from cladogen.program import Program
from cladogen.proposers.syntax import (
    c_loops,
    c_search,
    cross,
    expressions,
    numbers,
    operators,
    polish,
    searching,
    simplify,
    statements,
    strategy,
    terms,
    text,
)
from cladogen.proposers.syntax.kinds import ValueType
from cladogen.proposers.syntax.operators import Operator
from cladogen.proposers.syntax.pick import NothingToDo
from cladogen.proposers.syntax.reader import Calls
from cladogen.proposers.syntax.source import Source
from cladogen.proposers.syntax.splice import splice
from cladogen.source.python import python_tree

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
    "splice": lambda source, donor, rng: splice(
        source.text, None if donor is None else donor.text, rng
    ),
    "simplify": simplify.simplify,
}
TEXT: Mapping[str, TextOperator] = {
    "constant": text.number,
    "operator": text.sign,
    "line": text.line,
    "splice": splice,
}
C: Mapping[str, TextOperator] = {
    "nest": c_loops.nest,
    "tile": c_loops.tile,
    "jam": c_loops.jam,
    "compiler": c_loops.compiler,
    "stretch": c_search.stretch,
    "accept": c_search.accept,
}
# For programs that search, for those that draw a curve, and for those that add variables up.
SEARCHES: Mapping[str, Operator] = {
    "stretch": searching.stretch,
    "accept": searching.accept,
    "reseed": searching.reseed,
    "polish": polish.polish,
    "strategy": strategy.strategy,
}
CURVES: Mapping[str, Operator] = {"bend": searching.bend}
SUMS: Mapping[str, Operator] = {"term": terms.term, "terms": terms.several}
C_FILES = (".c", ".cc", ".cpp", ".cxx", ".cu", ".h", ".hpp")
NAMES = tuple(dict.fromkeys((*PYTHON, *TEXT)))
ODDS: Mapping[str, float] = {
    "constant": 2.0,
    "bind": 0.5,
    "negate": 0.5,
    "polish": 2.0,
    "reorder": 0.5,
    "splice": 0.0,
    "strategy": 2.0,
    "term": 2.0,
    "terms": 2.0,
}


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


def names_for(files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the operators that files, path to text, may need: those on loops where one is C, on
    searches, on curves and on sums where one is Python and has any.
    """
    python = "\n".join(text for path, text in files.items() if path.endswith(".py"))
    named = [*NAMES]
    if _has_c(files):
        named += C
    if searching.SEARCHES.search(python):
        named += SEARCHES
    if searching.DRAWS.search(python):
        named += CURVES
    if terms.SUMS.search(python):
        named += SUMS
    return tuple(dict.fromkeys(named))


def _has_c(paths: Iterable[str]) -> bool:
    return any(path.endswith(C_FILES) for path in paths)


def change(
    path: str, name: str, old: str, donor: str | None, rng: np.random.Generator, given: Calls = ()
) -> str | None:
    """Return ``old`` changed by the operator ``name``, or None where that operator finds nothing to
    do.
    """
    source = source_of(old, given) if path.endswith(".py") else None
    try:
        if source is None:
            return _changed_text(path, name, old, donor, rng)
        new = _changed(source, name, None if donor is None else source_of(donor, given), rng)
    except NothingToDo:
        return None
    return new if new != old and parses(new) else None


def _changed_text(
    path: str, name: str, old: str, donor: str | None, rng: np.random.Generator
) -> str | None:
    """Return what is not read as Python, or does not parse, changed as a text."""
    known = {**TEXT, **C} if path.endswith(C_FILES) else TEXT
    return known[name](old, donor, rng) if name in known else None


def _changed(source: Source, name: str, donor: Source | None, rng: np.random.Generator) -> str:
    known = {**PYTHON, **SEARCHES, **CURVES, **SUMS}
    if name not in known:
        raise NothingToDo
    return known[name](source, donor, rng)


def parses(text: str) -> bool:
    """Tell whether a text is Python."""
    try:
        python_tree(text)
    except SyntaxError:
        return False
    return True
