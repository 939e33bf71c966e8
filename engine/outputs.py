"""What a program returned, checked and converted for a scorer: arrays, integers and numbers.

`cladogen.scoring` hands these on.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cladogen.source.size import Invalid


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
        lengths = set(map(len, leaves))
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
    if not all(map(_is_number, leaves)):
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
