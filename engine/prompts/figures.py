"""Figures: numbers with as many digits as it takes to tell them apart, and rounding noise as 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from cladogen.expectation import NEAR

LEAST, MOST = 4, 15  # significant digits
OBJECTIVE = 6  # significant digits of what decides, at least
PLAIN = 1e12  # numbers below are written without an exponent
ROUNDING = 1e-14  # what is smaller comes from the last bits of numbers near 1


def digits_for(values: Iterable[float], among: Sequence[float] = (), least: int = LEAST) -> int:
    """Return the digits, ``least`` or more, with which values that differ by more than rounding
    read differently, from each other and from those they stand ``among``; these only where they
    differ by more than `NEAR`, so that one pair of near equals does not lengthen every number.
    """
    shown = {rounded(value) for value in values}
    every = shown | _all_rounded(tuple(among))
    apart = _digits_for(tuple(sorted(shown)), ROUNDING, least)
    return max(apart, _digits_for(tuple(sorted(every)), NEAR, least))


@lru_cache(maxsize=64)  # the best programs, which every value of a prompt stands among
def _all_rounded(values: tuple[float, ...]) -> frozenset[float]:
    return frozenset(map(rounded, values))


@lru_cache(maxsize=1024)  # from prompt to prompt nearly the same values are shown
def _digits_for(distinct: tuple[float, ...], rounding: float, least: int) -> int:
    gaps = [
        (low, high)
        for low, high in pairwise(distinct)
        if high - low > rounding * max(1.0, abs(high))
    ]
    return next(
        (
            digits
            for digits in range(least, MOST)
            if all(f"{low:.{digits}g}" != f"{high:.{digits}g}" for low, high in gaps)
        ),
        MOST,
    )


def figure(value: float, digits: int = 6) -> str:
    """Return a number in so many significant digits, a large one without an exponent; rounding
    noise is 0.
    """
    return _written(value, digits, "")


def figures(values: Sequence[float], among: Sequence[float] = ()) -> list[str]:
    """Return numbers in the digits that tell them, and those they stand ``among``, apart."""
    digits = digits_for(values, among)
    return [figure(value, digits) for value in values]


def signed(value: float, digits: int = 3) -> str:
    """Return a difference with its sign."""
    return _written(value, digits, "+")


def _written(value: float, digits: int, sign: str) -> str:
    shown = f"{rounded(value):{sign}.{digits}g}"
    return f"{value:{sign}.0f}" if "e+" in shown and abs(value) < PLAIN else shown


def rounded(value: float) -> float:
    """Return the value, or 0 for what is rounding noise."""
    return 0.0 if abs(value) < ROUNDING else value
