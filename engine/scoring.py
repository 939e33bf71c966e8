"""What a problem's scorer imports: cases, scores, and the way to say that an output is not
acceptable.

A scorer is one trusted file with two functions::

    def cases(parameters) -> list[Case]
    def score(case, output) -> Scored | float | dict

and, when a metric comes from the program's text and not from what it returned, a third one::

    def describe(texts) -> dict[str, float]        # texts: path -> text of every editable file

What a program returned may be a program itself: a scorer with a fourth function has it run, in a
sandbox, and is told what came of it::

    def launch(case, output) -> Launch             # what to run, on which inputs
    def score(case, output, ran) -> ...            # ran: a Ran for each input, in order

Where cases evolve against programs (``[coevolution]`` in problem.toml), two more make them::

    def generate(genes, parameters) -> data        # of a generator's numbers, with a random "seed"
    def admit(data, parameters) -> Case            # raises Invalid for data that are no case

``score`` depends on the case and the output alone: equal outputs are scored once. What the
candidate returned reaches it decoded (JSON values and NumPy arrays) but otherwise unchecked;
`numbers`, `array` and `integers` check and convert.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cladogen.source.c import token_count
from cladogen.source.size import Invalid, program_size

__all__ = [
    "Case",
    "Invalid",
    "Launch",
    "Ran",
    "Scored",
    "array",
    "integers",
    "number",
    "program_size",
    "token_count",
]


Split = Literal["train", "heldout", "sealed"]
SPLITS: tuple[Split, ...] = ("train", "heldout", "sealed")


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to be good at. ``input`` is all that a candidate sees; ``answer`` never leaves the
    scorer.

    Held-out cases are run only for the final choice, sealed ones only when ``evolve verify
    --sealed`` opens them. Cases with equal inputs share one run of the
    program.
    """

    name: str
    input: Any = None
    split: Split = "train"
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Scored:
    """The metrics of one output, and words for whoever proposes the next program.

    ``picture`` is PNG or SVG, or a function that draws it, which is called only where the picture
    is kept; one that will not do costs nothing of the score.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    feedback: str = ""
    picture: bytes | Callable[[], bytes] = b""


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run of an output: ``command`` among ``files`` (path -> text), once for each of
    ``inputs``, a text on its standard input, for at most ``time_s`` seconds each; ``build`` before.
    """

    files: Mapping[str, str]
    command: tuple[str, ...]
    inputs: tuple[str, ...]
    build: tuple[str, ...] = ()
    time_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one input: ``status`` "ok" (exit status 0), or why not in a word ("crash",
    "timeout", "missing", ...; a build that failed is a crash); what was written to standard output;
    the end of what was written to standard error, or what the sandbox says.
    """

    status: str
    output: str = ""
    error: str = ""


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
        leaves = list(chain.from_iterable(leaves))
    if any(isinstance(leaf, list | tuple) for leaf in leaves):
        wanted = f"{depth}-dimensional: lists of numbers or an array" if depth else "one number"
        raise Invalid(f"{what} must be {wanted}, and holds lists where numbers are wanted")
    _check_leaves(leaves, what)
    return np.array(value)


def _check_leaves(leaves: list[Any], what: str) -> None:
    """Raise Invalid unless every value is a finite number of at most 64 bits."""
    if not all(_is_number(leaf) for leaf in leaves):
        raise Invalid(f"{what} must hold numbers only")
    if any(isinstance(leaf, int) and abs(leaf) >= 2**63 for leaf in leaves):
        raise Invalid(f"{what} holds an integer beyond 64 bits")
    if any(isinstance(leaf, float) and not math.isfinite(leaf) for leaf in leaves):
        raise Invalid(f"{what} holds a number that is not finite")


def _check_shape(found: NDArray[Any], shape: tuple[int | None, ...], what: str) -> None:
    fits = len(found.shape) == len(shape) and all(
        want in (None, got) for want, got in zip(shape, found.shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("any" if want is None else str(want) for want in shape) or "one number"
        got = " x ".join(map(str, found.shape)) or "one number"
        raise Invalid(f"{what} has shape {got}, wanted {wanted}")
