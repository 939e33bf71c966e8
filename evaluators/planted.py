"""Faults planted in a seed program: what a scorer that measures anything must notice."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from functools import singledispatch
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from cladogen.program import Program
from cladogen.source.python import python_tree


def planted(
    program: Program, paths: list[str], most: int, rng: np.random.Generator
) -> list[tuple[str, Program]]:
    """Return up to ``most`` programs with one fault each, and what the fault is; of Python and of
    languages that look like C.
    """
    found = [
        (f"{path}: {words}", program.replace({path: text.encode("utf-8", "surrogateescape")}))
        for path in paths
        for words, text in _faults_of(path, program.text(path))
    ]
    chosen = rng.permutation(len(found))[:most]
    return [found[at] for at in sorted(chosen.tolist())]


LIKE_C = frozenset(
    (".c", ".cc", ".cpp", ".cxx", ".cu", ".h", ".hpp", ".rs", ".js", ".mjs", ".ts", ".go", ".java")
)
# What is no code, so that no fault is planted there, and what a fault takes the place of.
_NO_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\\\.|[^\"\\\\\n])*\"|^\s*#[^\n]*", re.DOTALL | re.MULTILINE
)
_SWAPS = {"+": "-", "-": "+", "<": ">", ">": "<", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}
_OPERATOR = re.compile(r"(?<=[\w)\]] )(?:[<>=!]=|[-+<>])(?= [\w(.-])")


def _faults_of(path: str, text: str) -> Iterator[tuple[str, str]]:
    suffix = PurePosixPath(path).suffix
    if suffix == ".py":
        yield from _faults(text)
    elif suffix in LIKE_C:
        yield from _text_faults(text)


def _text_faults(text: str) -> Iterator[tuple[str, str]]:
    """Yield each operator between two operands turned into another, in words, with the text."""
    code = _NO_CODE.sub(lambda found: re.sub(r"[^\n]", "~", found[0]), text)
    for found in _OPERATOR.finditer(code):
        line, other = text.count("\n", 0, found.start()) + 1, _SWAPS[found[0]]
        words = f"line {line}, {found[0]} becomes {other}"
        yield words, text[: found.start()] + other + text[found.end() :]


def _faults(text: str) -> Iterator[tuple[str, str]]:
    """Yield each fault of a file in words, with the file's text."""
    try:
        tree = python_tree(text)
    except SyntaxError:
        return
    for at, node in enumerate(ast.walk(tree)):
        changed = copy.deepcopy(tree)
        other = next(each for place, each in enumerate(ast.walk(changed)) if place == at)
        words = _plant(other)
        if words:
            yield f"line {getattr(node, 'lineno', 0)}, {words}", ast.unparse(changed) + "\n"


@singledispatch
def _plant(node: ast.AST) -> str:
    """Change a node into a faulty one and say how; "" where nothing is to be changed."""
    return ""


@_plant.register
def _in_return(node: ast.Return) -> str:
    if node.value is None:
        return ""
    node.value = ast.Constant(0)
    return "returns 0"


@_plant.register
def _in_comparison(node: ast.Compare) -> str:
    node.ops = [ast.Eq() if isinstance(node.ops[0], ast.NotEq) else ast.NotEq(), *node.ops[1:]]
    return "compares for being unequal"


@_plant.register
def _in_operation(node: ast.BinOp) -> str:
    if not isinstance(node.op, ast.Add | ast.Sub):
        return ""
    node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    return "adds where it subtracts, or the other way"


@_plant.register
def _in_loop(node: ast.For) -> str:
    node.body = [ast.Break()]
    return "leaves a loop at once"


@_plant.register
def _in_constant(node: ast.Constant) -> str:
    value: Any = node.value
    if type(value) not in (int, float) or not value:
        return ""
    node.value = -value
    return "has a number's sign turned"
