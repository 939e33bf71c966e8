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
SURELY = 1.001  # of one of the last digit, which is itself rounded


class Among:
    """Values that others are read beside: from prompt to prompt nearly the same."""

    def __init__(self, values: Iterable[float]) -> None:
        self.values = tuple(values)
        self._ordered = sorted(set(map(rounded, self.values)))
        self._apart: dict[int, bool] = {}  # by digits

    def digits(self, shown: Sequence[float], least: int) -> int:
        """Return the digits that tell values in their order, and these ones, apart. One that comes
        between these has two neighbours.
        """
        pairs, digits = self._neighbours(shown), least
        while digits < MOST and not (self._are_apart(digits) and _apart(pairs, NEAR, digits)):
            digits += 1
        return digits

    def surely_tells(self, shown: Sequence[float], digits: int) -> bool:
        """Tell whether so many digits are surely enough for these values, in their order, and for
        those that they stand among: all gaps are so wide that nothing has to be written out.
        """
        if not self._are_apart(digits):
            return False
        pairs = list(pairwise(shown)) if len(shown) > 1 else []
        for value in shown:
            pairs += self._beside(value)
        last = SURELY * 10.0 ** (1 - digits)
        return all(high - low > last * (high if high > -low else -low) for low, high in pairs)

    def _beside(self, value: float) -> list[tuple[float, float]]:
        """Return a value that is none of these with what comes before it, and with what after."""
        every = self._ordered
        at = bisect_left(every, value)
        here = every[at : at + 1]
        if here == [value]:
            return []
        return [
            *((low, value) for low in every[max(0, at - 1) : at]),
            *((value, high) for high in here),
        ]

    def _are_apart(self, digits: int) -> bool:
        known = self._apart.get(digits)
        if known is None:
            known = self._apart[digits] = _apart(pairwise(self._ordered), NEAR, digits)
        return known

    def _neighbours(self, shown: Sequence[float]) -> list[tuple[float, float]]:
        """Return each value that is none of these with what comes before it and after it."""
        every, fresh = self._ordered.copy(), []
        for value in shown:
            at = bisect_left(every, value)
            if every[at : at + 1] != [value]:
                every.insert(at, value)
                fresh.append(value)
        pairs: list[tuple[float, float]] = []
        for value in fresh:
            at = bisect_left(every, value)
            pairs += pairwise(every[max(0, at - 1) : at + 2])
        return pairs


def digits_for(
    values: Iterable[float], among: Among | Sequence[float] = (), least: int = LEAST
) -> int:
    """Return the digits, ``least`` or more, with which values that differ by more than rounding
    read differently, from each other and from those they stand ``among``; these only where they
    differ by more than `NEAR`, so that one pair of near equals does not lengthen every number.
    """
    # The same as `rounded`, which a prompt would call a hundred times.
    shown = sorted({0.0 if -ROUNDING < value < ROUNDING else value for value in values})
    beside = among if isinstance(among, Among) else _among(tuple(among))
    if beside.surely_tells(shown, least):
        return least
    return max(_digits_of(shown, least), beside.digits(shown, least))


@lru_cache(maxsize=64)
def _among(values: tuple[float, ...]) -> Among:
    return Among(values)


def _digits_of(shown: Sequence[float], least: int) -> int:
    """Return the digits that tell values apart; one alone needs no more than the least."""
    digits = least
    while len(shown) > 1 and digits < MOST and not _apart(pairwise(shown), ROUNDING, digits):
        digits += 1
    return digits


def _apart(pairs: Iterable[tuple[float, float]], rounding: float, digits: int) -> bool:
    """Tell whether pairs that differ by more than rounding read differently. Those that are further
    apart than one of the last digit do; only of the others is it seen.
    """
    last = SURELY * 10.0 ** (1 - digits)
    for low, high in pairs:
        gap = high - low
        if gap > last * (high if high > -low else -low) or gap <= rounding * max(1.0, abs(high)):
            continue
        if f"{low:.{digits}g}" == f"{high:.{digits}g}":
            return False
    return True


def figure(value: float, digits: int = 6) -> str:
    """Return a number in so many significant digits, a large one without an exponent; rounding
    noise is 0.
    """
    shown = f"{0.0 if -ROUNDING < value < ROUNDING else value:.{digits}g}"
    return f"{value:.0f}" if "e+" in shown and abs(value) < PLAIN else shown


def figures(values: Sequence[float], among: Among | Sequence[float] = ()) -> list[str]:
    """Return numbers in the digits that tell them, and those they stand ``among``, apart."""
    digits = digits_for(values, among)
    return [figure(value, digits) for value in values]


def signed(value: float, digits: int = 3) -> str:
    """Return a difference with its sign."""
    shown = f"{rounded(value):+.{digits}g}"
    return f"{value:+.0f}" if "e+" in shown and abs(value) < PLAIN else shown


def rounded(value: float) -> float:
    """Return the value, or 0 for what is rounding noise."""
    return 0.0 if abs(value) < ROUNDING else value
