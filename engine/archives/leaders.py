"""The best programs as parents: which of them lead, and how often each is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cladogen.archives.population import Column, Population
from cladogen.expectation import NEAR
from cladogen.result import UNKNOWN

LEADERS = (0.5, 0.3, 0.2)  # chances of the best three programs as a parent, in proportion
LEAD = 0.5  # the share of the best's lead over the seeds that they have at least


def leader(
    population: Population,
    behaviour: Column,
    rng: np.random.Generator,
    ceiling: float | None = None,
) -> int:
    """Return one of the best programs of all islands, the best half the time or more; one that has
    less than half of the best's lead over the seeds, or led to a better one, or is worse than its
    own parent, or does what a better or older one of them does, is none of them; nor is one that
    is worse than a best one at the ``ceiling``, the fitness that none can exceed.
    """
    ranked = _unlike(behaviour, population.ranked(len(LEADERS)))
    best = _near(population, ranked)
    top = population.fitness[best[0]]
    if ceiling is not None and math.isclose(top, ceiling, rel_tol=NEAR):
        best = [number for number in best if population.fitness[number] >= top]
    chances = np.cumsum(LEADERS[: len(best)])
    return best[min(int(np.searchsorted(chances, rng.random() * chances[-1])), len(best) - 1)]


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
    are no step back from their parent, and from which no better one of them descends: what they
    had, it has.
    """
    fitness = population.fitness
    seeds = [fitness[seed] for seed in population.seeds]
    start = max((value for value in seeds if not math.isnan(value)), default=-math.inf)
    if fitness[ranked[0]] <= start:
        return ranked
    half = fitness[ranked[0]] - (fitness[ranked[0]] - start) * LEAD
    found: list[int] = []
    lines: set[int] = set()
    for number in ranked:
        near = fitness[number] >= half and not fell(population, number)
        if not found or (near and number not in lines):
            found.append(number)
            lines |= _line(population, number, min(ranked))
    return found


def fell(population: Population, number: int) -> bool:
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
