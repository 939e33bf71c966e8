"""Recorded results that an archive can be told many at a time: what they say in columns, so that
only what depends on their order is done one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.rule import NOTHING
from cladogen.proposal import Outcome
from cladogen.result import Short


@dataclass(frozen=True, slots=True)
class Children:
    """New programs that have parents, in the order in which they came."""

    numbers: NDArray[np.int64]
    parents: list[tuple[int, ...]]
    fitness: NDArray[np.float64]
    behaviour: list[int]
    islands: NDArray[np.int64]
    features: NDArray[np.float64]  # a row for each, NaN where there is no fitness

    @staticmethod
    def of(results: Sequence[Short], axes: int) -> Children:
        """Read them from results, whose scores have a feature for each of these axes."""
        none = (math.nan,) * axes
        rows = [result.features if axes and has_score(result) else none for result in results]
        return Children(
            np.array([result.program for result in results], "i8"),
            [result.parents for result in results],
            np.array([math.nan if result.fitness is None else result.fitness
                      for result in results], "f8"),
            [result.behaviour for result in results],
            np.array([result.island for result in results], "i8"),
            np.array(rows, "f8").reshape(len(results), axes),
        )  # fmt: skip


Told = Short | list[Short]


def apart(results: Sequence[Short], known: Callable[[int], bool]) -> Iterator[Told]:
    """Yield results in order: together those of new programs that have parents and of failures,
    each other one by itself, and none that counts for nothing. ``known`` tells of a program whether
    the archive has it.
    """
    together: list[Short] = []
    new: set[int] = set()
    for result in results:
        if result.outcome in NOTHING:
            continue
        if not _is_plain(result, known, new):
            if together:
                yield together
            together, new = [], set()
            yield result
            continue
        together.append(result)
    if together:
        yield together


def _is_plain(result: Short, known: Callable[[int], bool], new: set[int]) -> bool:
    """Tell whether a result is of a failure, or of a new program that has parents."""
    number = result.program
    if number is None or result.outcome is not Outcome.ACCEPTED:
        return number is None or result.outcome is not Outcome.MEASURED
    if number in new or known(number) or not result.parents:
        return False
    new.add(number)
    return True


def has_score(result: Short) -> bool:
    """Tell whether a result's program has a fitness."""
    return result.fitness is not None and not math.isnan(result.fitness)


def is_child(result: Short) -> bool:
    """Tell of a plain result whether it is of a new program."""
    return result.program is not None and result.outcome is Outcome.ACCEPTED
