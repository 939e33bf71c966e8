"""Reached: which files of a program its entry, the files that may change and the statement use.

A file that none of them leads to costs tokens in every prompt and tells nothing: tools that lie in
the repository, other variants, tests. What a README names is used, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from posixpath import basename, dirname, join, normpath

from cladogen.problem import Problem
from cladogen.program import Program, matches

BRIDGED = "evolve_bridge"
# What runs the evaluator of an imported problem: the same in every one, and nothing to learn from.
BRIDGE = re.compile(rf"{BRIDGED}/(bridge\.py|plan\.json|kind_\w+\.py)")


def reached(program: Program, problem: Problem) -> frozenset[str]:
    """Return the paths of the files that are used, those that may change among them."""
    entry = problem.entry if isinstance(problem.entry, str) else " ".join(problem.entry)
    words = " ".join([entry, *problem.build, problem.statement])
    editable = tuple(filter(problem.may_change, program))
    return _reached(program, editable, words)


def imported(program: Program, problem: Problem) -> frozenset[str]:
    """Return the paths of the files that those which may change import, one after another. Any
    folder may be the one that a module is found in: an evaluator adds its own when it runs.
    """
    waiting = list(filter(problem.may_change, program))
    paths, found = frozenset(program), set[str]()
    folders = sorted(set(map(dirname, paths)))
    while waiting:
        path = waiting.pop()
        python = path.endswith(".py") and path not in found
        tree = _parsed(program.text(path)) if python else None
        found.add(path)
        for node in [] if tree is None else ast.walk(tree):
            waiting.extend(_modules(path, node, paths, folders))
    return frozenset(found)


def kept_back(program: Program, problem: Problem) -> frozenset[str]:
    """Return the paths of the files that no prompt shows: those that the problem hides and no file
    that may change imports, and what runs an imported problem's evaluator.
    """
    hidden = {path for path in program if matches(path, problem.hidden)}
    bridge = {path for path in program if BRIDGE.fullmatch(path)}
    if hidden:
        hidden -= imported(program, problem)
    return frozenset(hidden | bridge)


@lru_cache(maxsize=16)
def _reached(program: Program, editable: tuple[str, ...], words: str) -> frozenset[str]:
    paths = frozenset(program)
    explained = (path for path in paths if basename(path).upper().startswith("README"))
    waiting = [*editable, *_named(words, paths), *explained]
    found: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_uses(path, program.text(path), paths))
    return frozenset(found)


def _uses(path: str, text: str, paths: frozenset[str]) -> Iterator[str]:
    """Yield the files that a file imports, where it is Python, or names."""
    tree = _parsed(text) if path.endswith(".py") else None
    if tree is None:
        yield from _named(text, paths)
        return
    for node in ast.walk(tree):
        yield from _modules(path, node, paths)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _named(node.value, paths)


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _named(text: str, paths: frozenset[str]) -> Iterator[str]:
    """Yield the files whose name with its ending stands in a text; where two have the same, the
    ones whose whole path does.
    """
    words = frozenset(re.findall(r"[\w.\-/]*\w", text))
    last = frozenset(map(basename, words))
    names = list(map(basename, paths))
    for path in paths:
        alone = "." in basename(path) and names.count(basename(path)) == 1
        if path in words or (alone and basename(path) in last):
            yield path


def _modules(
    path: str, node: ast.AST, paths: frozenset[str], beside: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the files that an import brings in, with the packages they lie in: from the program's
    folder, the file's own, and those ``beside``.
    """
    names, level = _imported_by(node)
    here = dirname(path)
    roots = [normpath(join(here, *[".."] * (level - 1)))] if level else ["", here, *beside]
    for root, name in product(dict.fromkeys(roots), names):
        steps = name.split(".")
        for end in range(1, len(steps) + 1):
            stem = normpath(join(root, *steps[:end]))
            yield from paths & {f"{stem}.py", f"{stem}/__init__.py"}


def _imported_by(node: ast.AST) -> tuple[list[str], int]:
    """Return the modules that an import may bring in, and how many folders up it looks."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names], 0
    if not isinstance(node, ast.ImportFrom):
        return [], 0
    module = node.module or ""
    below = (f"{module}.{alias.name}".strip(".") for alias in node.names)
    return [module, *below], node.level
