"""What a problem's scorer imports: cases, scores, and the way to say that an output is not acceptable.

A scorer is one trusted file with two functions::

    def cases(parameters) -> list[Case]
    def score(case, output) -> Scored | float | dict

and, when a metric comes from the program's text and not from what it returned, a third one::

    def describe(texts) -> dict[str, float]        # texts: path -> text of every editable file

``score`` depends on the case and the output alone: equal outputs are scored once. What the candidate returned reaches
it decoded (JSON values and NumPy arrays) but otherwise unchecked; `numbers`, `array` and `integers` check and convert.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

LONGEST_TEXT = 1 << 20  # a syntax tree takes a thousand times as much memory as its text
COMPUTING = (
    ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Attribute, ast.Subscript,
    ast.IfExp, ast.Slice, ast.stmt,
)  # fmt: skip


class Invalid(Exception):  # noqa: N818  (a verdict about an output, not a defect)
    """Raised by a scorer for an output that has no score; the text reaches the proposer as feedback."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to be good at. ``input`` is all that a candidate sees; ``answer`` never leaves the scorer.

    Held-out cases are run only for the final choice. Cases with equal inputs share one run of the program.
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


def array(value: Any, shape: tuple[int | None, ...], what: str = "the output") -> NDArray[np.float64]:
    """Return ``value`` as finite doubles of the given shape (None: any length), or raise Invalid.

    Takes an array of floats or integers, or nested lists of numbers; never booleans, text or complex numbers.
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
    """Return ``value`` as integers in [low, high] of the given shape, or raise Invalid. Floats are refused."""
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
    """Return how many names, constants, operators, calls and statements a Python text computes with.

    Counts syntax-tree nodes, so comments, names' lengths and layout cost nothing. Raises Invalid when it is not Python.
    """
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"the program's text has {len(text)} characters; at most {LONGEST_TEXT} are counted")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Invalid(f"the program is not readable as Python: {error}") from None
    docstrings = sum(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in ast.walk(tree))
    imports = sum(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))
    return sum(isinstance(node, COMPUTING) for node in ast.walk(tree)) - 2 * docstrings - imports


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
