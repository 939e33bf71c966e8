"""Elo matches over the cases that two programs share, and who of a league is the weakest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cladogen.kernels import native


def play(
    results: NDArray[np.float64],
    seats: Sequence[int],
    values: NDArray[np.float64],
    ratings: Sequence[float],
    k: float,
) -> list[float]:
    """Return what becomes of ``ratings``, one's own and then those of the programs at ``seats``,
    played in turn.

    ``results`` has a row of values by case for each seat, ``values`` one's own, NaN where there is
    none. A match moves both ratings by ``k`` times the share of common cases won (ties are halves)
    beyond what the ratings expected.
    """
    if native is None:
        return numpy_play(results, seats, values, ratings, k)
    played: list[float] = native.elo_play(results, seats, values, ratings, k)
    return played


def weakest(ratings: NDArray[np.float64], numbers: Sequence[int]) -> int:
    """Return the index of the lowest rating among ``numbers``; of equals, that of the highest
    number.
    """
    if native is None:
        return numpy_weakest(ratings, numbers)
    return int(native.elo_weakest(ratings, numbers))


def numpy_play(
    results: NDArray[np.float64],
    seats: Sequence[int],
    values: NDArray[np.float64],
    ratings: Sequence[float],
    k: float,
) -> list[float]:
    """The meaning of `play`."""
    mine, *others = ratings
    theirs = results[list(seats)]
    common = ~np.isnan(theirs) & ~np.isnan(values)
    won = np.sum((values > theirs) & common, axis=1) + 0.5 * np.sum(
        (values == theirs) & common, axis=1
    )
    for index, (cases, wins) in enumerate(
        zip(common.sum(axis=1).tolist(), won.tolist(), strict=True)
    ):
        if cases:
            away = min(max(others[index] - mine, -4000.0), 4000.0)
            surprise = wins / cases - 1 / (1 + math.pow(10, away / 400))
            mine += k * surprise
            others[index] -= k * surprise
    return [mine, *others]


def numpy_weakest(ratings: NDArray[np.float64], numbers: Sequence[int]) -> int:
    """The meaning of `weakest`."""
    return int(np.lexsort((-np.array(numbers), ratings[list(numbers)]))[0])
