"""The best programs as parents: which of them lead, and how often each is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cladogen.archives.population import Column, Population
from cladogen.expectation import NEAR
from cladogen.result import UNKNOWN

LEADERS = (0.5, 0.8, 1.0)  # chances, added up, of the best three programs as a parent
LEAD = 0.5  # the share of the best's lead over the seeds that they have at least


def leader(
    population: Population,
    behaviour: Column,
    rng: np.random.Generator,
    ceiling: float | None = None,
) -> int:
    """Return one of the best programs of all islands, the best half the time; one that has
    less than half of the best's lead over the seeds, or led to it, or is worse than its own
    parent, or does what a better or older one of them does, is none of them; nor is one that is
    worse than a best one at the ``ceiling``, the fitness that none can exceed.
    """
    ranked = _unlike(behaviour, population.ranked(len(LEADERS)))
    best = _near(population, ranked)
    top = population.fitness[best[0]]
    if ceiling is not None and math.isclose(top, ceiling, rel_tol=NEAR):
        best = [number for number in best if population.fitness[number] >= top]
    return best[min(int(np.searchsorted(LEADERS, rng.random())), len(best) - 1)]


def _unlike(behaviour: Column, ranked: Sequence[int]) -> list[int]:
    """Return the first program of each behaviour."""
    kinds = [behaviour[number] for number in ranked]
    return [
        number
        for at, number in enumerate(ranked)
        if kinds[at] == UNKNOWN or kinds[at] not in kinds[:at]
    ]


def _near(population: Population, ranked: Sequence[int]) -> Sequence[int]:
    """Return the programs whose lead over the best seed is at least half of the first's, that
    are no step back from their parent, and from which the first does not descend: what they
    had, it has.
    """
    fitness = population.fitness
    seeds = [fitness[seed] for seed in population.seeds]
    start = max((value for value in seeds if not math.isnan(value)), default=-math.inf)
    if fitness[ranked[0]] <= start:
        return ranked
    half = fitness[ranked[0]] - (fitness[ranked[0]] - start) * LEAD
    line = _line(population, ranked[0], min(ranked))
    return [
        number
        for number in ranked
        if number == ranked[0]
        or (fitness[number] >= half and number not in line and not _fell(population, number))
    ]


def _fell(population: Population, number: int) -> bool:
    """Tell whether a program is worse than its first parent."""
    parent = population.parent[number]
    fitness = population.fitness
    return parent >= 0 and bool(fitness[parent] > fitness[number])


def _line(population: Population, number: int, oldest: int) -> set[int]:
    """Return a program's first parents, theirs, and so on, none older than ``oldest``."""
    line: set[int] = set()
    while number > oldest:
        number = population.parent[number]
        line.add(number)
    return line
