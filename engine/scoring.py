"""What a problem's scorer imports: cases, scores, and the way to say that an output is not
acceptable.

A scorer is one trusted file with two functions::

    def cases(parameters) -> list[Case]
    def score(case, output) -> Scored | float | dict

and, when a metric comes from the program's text and not from what it returned, a third one::

    def describe(texts) -> dict[str, float]        # texts: path -> text of every editable file

``score`` depends on the case and the output alone: equal outputs are scored once. What the
candidate returned reaches it decoded (JSON values and NumPy arrays) but otherwise unchecked;
`numbers`, `array` and `integers` check and convert.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

LONGEST_TEXT = (
    1 << 18
)  # a syntax tree takes a thousand times as much memory as its text, and some take long to make
WORD = 8  # characters of a text, and bytes of a number, that count as one
# By these a program can run what it wrote down as a comment.
CONCEALING = frozenset(
    (
        "exec",
        "eval",
        "compile",
        "getattr",
        "vars",
        "globals",
        "importlib",
        "runpy",
        "builtins",
        "__import__",
        "__builtins__",
        "__dict__",
        "__getattribute__",
    )
)
COMPUTING = (
    ast.Name,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Call,
    ast.Attribute,
    ast.Subscript,
    ast.IfExp,
    ast.Slice,
    ast.stmt,
)
# What is never closed goes on to the end, so that no text is looked through twice.
_C_TOKEN = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z))
    |(?P<literal>(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?(?:\)(?P=mark)"|\Z)
        |"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\.?\d(?:[eEpP][-+]|'?[\w.])*)
    |\w+|[^\w\s]""",
    re.DOTALL | re.VERBOSE,
)


class Invalid(Exception):  # noqa: N818  (a verdict about an output, not a defect)
    """Raised by a scorer for an output that has no score; the text reaches the proposer as
    feedback.
    """


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to be good at. ``input`` is all that a candidate sees; ``answer`` never leaves the
    scorer.

    Held-out cases are run only for the final choice. Cases with equal inputs share one run of the
    program.
    """

    name: str
    input: Any = None
    split: Literal["train", "heldout"] = "train"
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Scored:
    """The metrics of one output, and words for whoever proposes the next program."""

    metrics: Mapping[str, float] = field(default_factory=dict)
    feedback: str = ""


def array(
    value: Any, shape: tuple[int | None, ...], what: str = "the output"
) -> NDArray[np.float64]:
    """Return ``value`` as finite doubles of the given shape (None: any length), or raise Invalid.

    Takes an array of floats or integers, or nested lists of numbers; never booleans, text or
    complex numbers.
    """
    found = value if isinstance(value, np.ndarray) else _nested(value, len(shape), what)
    if found.dtype.kind not in "fiu":
        raise Invalid(f"{what} must hold numbers, not {found.dtype}")
    _check_shape(found, shape, what)
    found = found.astype(np.float64)
    if not np.isfinite(found).all():
        raise Invalid(f"{what} holds a number that is not finite")
    return found


def integers(
    value: Any, shape: tuple[int | None, ...], low: int, high: int, what: str = "the output"
) -> NDArray[np.int64]:
    """Return ``value`` as integers in [low, high] of the given shape, or raise Invalid. Floats are
    refused.
    """
    found = value if isinstance(value, np.ndarray) else _nested(value, len(shape), what)
    if found.size == 0:
        found = found.astype(np.int64)
    if found.dtype.kind not in "iu":
        raise Invalid(f"{what} must hold integers, not {found.dtype}")
    _check_shape(found, shape, what)
    if found.size and (int(found.min()) < low or int(found.max()) > high):
        raise Invalid(f"{what} holds a number outside {low}..{high}")
    return found.astype(np.int64)


def number(value: Any, what: str = "the output") -> float:
    """Return ``value`` as a finite double, or raise Invalid."""
    return float(array(np.asarray(value) if _is_number(value) else value, (), what))


def program_size(text: str) -> int:
    """Return how many names, constants, operators, calls and statements a Python text computes
    with.

    Counts syntax-tree nodes, so comments, names' lengths and layout cost nothing; texts and large
    numbers count by their length. A program that could run its own comments (`CONCEALING`) pays for
    its whole text. Raises Invalid when it is not Python.
    """
    _check_length(text)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Invalid(f"the program is not readable as Python: {error}") from None
    nodes = list(ast.walk(tree))
    docstrings = [
        node.value
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    imports = sum(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes)
    size = sum(isinstance(node, COMPUTING) for node in nodes) - 2 * len(docstrings) - imports
    size += sum(map(_more_words, nodes)) - sum(map(_more_words, docstrings))
    conceals = any(CONCEALING & set(names) for names in map(_names, nodes))
    return max(size, len(text) // WORD) if conceals else size


def _more_words(node: ast.AST) -> int:
    """Return what a constant counts beyond one."""
    match node:
        case ast.Constant(value=str(text) | bytes(text)):
            return max(0, len(text) - 1) // WORD
        case ast.Constant(value=int(number)):
            return max(0, number.bit_length() - 1) // (8 * WORD)
    return 0


def _names(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        return tuple(part for module in modules for part in module.split("."))
    return (getattr(node, "id", ""), getattr(node, "attr", ""))


def token_count(text: str) -> int:
    """Return how many tokens a C or C++ text has: comments none, one for each `WORD` characters of
    a literal.
    """
    _check_length(text)
    size = 0
    for match in _C_TOKEN.finditer(text):
        size += 0 if match["comment"] else -(-len(match[0]) // WORD) if match["literal"] else 1
    return size


def _check_length(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            f"the program's text has {len(text)} characters; at most {LONGEST_TEXT} are counted"
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _nested(value: Any, depth: int, what: str) -> NDArray[Any]:
    """Return nested lists of numbers as an array; bool is refused though Python calls it an int."""
    leaves: list[Any] = [value]
    for _ in range(depth):
        if not all(isinstance(item, list | tuple) for item in leaves):
            raise Invalid(f"{what} must be {depth}-dimensional: lists of numbers or an array")
        lengths = {len(item) for item in leaves}
        if len(lengths) > 1:
            raise Invalid(f"{what} has rows of different lengths")
        leaves = [leaf for item in leaves for leaf in item]
    if not all(_is_number(leaf) for leaf in leaves):
        raise Invalid(f"{what} must hold numbers only")
    if any(isinstance(leaf, int) and abs(leaf) >= 2**63 for leaf in leaves):
        raise Invalid(f"{what} holds an integer beyond 64 bits")
    if any(isinstance(leaf, float) and not math.isfinite(leaf) for leaf in leaves):
        raise Invalid(f"{what} holds a number that is not finite")
    return np.array(value)


def _check_shape(found: NDArray[Any], shape: tuple[int | None, ...], what: str) -> None:
    fits = len(found.shape) == len(shape) and all(
        want in (None, got) for want, got in zip(shape, found.shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("any" if want is None else str(want) for want in shape) or "one number"
        got = " x ".join(map(str, found.shape)) or "one number"
        raise Invalid(f"{what} has shape {got}, wanted {wanted}")
