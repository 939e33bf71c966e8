"""Figures: numbers with as many digits as it takes to tell them apart, and rounding noise as 0."""

from __future__ import annotations

from bisect import bisect_left
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
    shown = tuple(sorted(set(map(rounded, values))))
    return max(_digits_of(shown, least), _digits_among(shown, _sorted(tuple(among)), least))


def _digits_of(shown: tuple[float, ...], least: int) -> int:
    """Return the digits that tell values apart; one alone needs no more than the least."""
    digits = least
    while len(shown) > 1 and digits < MOST and not _apart(shown, ROUNDING, digits):
        digits += 1
    return digits


@lru_cache(maxsize=1024)  # from prompt to prompt nearly the same values are shown
def _digits_among(shown: tuple[float, ...], known: tuple[float, ...], least: int) -> int:
    """Return the digits that tell values, and those that are known, apart. Among the known ones
    that is worked out once; one that comes between them has two neighbours.
    """
    every, fresh = list(known), []
    for value in shown:
        at = bisect_left(every, value)
        if every[at : at + 1] != [value]:
            every.insert(at, value)
            fresh.append(value)
    parts = [known]
    for value in fresh:
        at = bisect_left(every, value)
        parts.append(tuple(every[max(0, at - 1) : at + 2]))
    digits = least
    while digits < MOST and not _all_apart(parts, digits):
        digits += 1
    return digits


def _all_apart(parts: Sequence[tuple[float, ...]], digits: int) -> bool:
    for part in parts:  # noqa: SIM110  (every figure of a prompt comes by: no generator)
        if not _apart(part, NEAR, digits):
            return False
    return True


@lru_cache(maxsize=64)  # the best programs, which every value of a prompt stands among
def _sorted(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sorted(set(map(rounded, values))))


@lru_cache(maxsize=4096)
def _apart(distinct: tuple[float, ...], rounding: float, digits: int) -> bool:
    """Tell whether neighbours that differ by more than rounding read differently."""
    for low, high in pairwise(distinct):
        least = rounding * max(1.0, abs(high))
        if high - low > least and f"{low:.{digits}g}" == f"{high:.{digits}g}":
            return False
    return True


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
