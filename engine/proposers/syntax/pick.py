"""Choosing at random: one of several, evenly or by weight, and numbers as a person writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class NothingToDo(Exception):  # noqa: N818  (an answer, not a defect)
    """Raised by an operator that finds nothing to do in a file."""


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """Return one of ``options``, each as likely; raises NothingToDo when there are none."""
    if not options:
        raise NothingToDo
    return options[int(rng.random() * len(options))]


def weigh(weights: Sequence[float], rng: np.random.Generator) -> int:
    """Return an index with a chance in proportion to its weight."""
    at = rng.random() * sum(weights)
    for index, weight in enumerate(weights):
        at -= weight
        if at < 0:
            return index
    return len(weights) - 1


def rounded(value: float, digits: int = 3) -> float:
    """Return a value that a person would write: a few significant digits."""
    return float(f"{value:.{digits}g}")
