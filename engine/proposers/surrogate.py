"""A surrogate: what a program will score, guessed from its text by what the run has recorded.

Ridge regression on features of the text, hashed into a vector: pairs of tokens that follow each
other, and for each number what stands before it, with the number and its square, so that a best
value between known ones is found. What it learns is ranks, so that one terrible score does not
drown the rest. It costs milliseconds and no evaluation; with it, several candidates of one task
are ranked before one of them is evaluated (an inner population, as EvoScale, arXiv:2505.23604, has
it, with a verifier that the run itself teaches).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.record.base import Record

WIDTH = 512  # features
WINDOW = 400  # the latest programs that are learnt from
LEAST = 16  # programs with a score below which nothing is guessed
EVERY = 8  # programs between two fits
RIDGE = 1.0

Vector = NDArray[np.floating[Any]]
_TOKEN = re.compile(r"\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|\w+|[^\w\s]")


class Surrogate:
    """Guesses ranks of programs. A fold over the record: a resumed run guesses the same."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._features: dict[int, Vector] = {}
        self._fitted = -1  # programs in the record when the last fit was made
        self._known: Vector = np.zeros((0, WIDTH))
        self._weights: Vector = np.zeros(0)
        self._mean: Vector = np.zeros(WIDTH)

    def ranks(self, programs: Sequence[Program], record: Record) -> list[float] | None:
        """Return how good each program will be, 0 the worst of the run and 1 the best; None while
        too little is known.
        """
        self._fit(record)
        if not len(self._weights):
            return None
        new = np.array(list(map(self._vector, programs))) - self._mean
        return [round(float(each), 9) for each in 0.5 + (new @ self._known.T) @ self._weights]

    def _fit(self, record: Record) -> None:
        """Fit anew when the record has grown by a step; what is fitted depends on the record
        alone.
        """
        size = record.size() // EVERY * EVERY
        if size == self._fitted:
            return
        self._fitted = size
        numbers = list(range(max(0, size - WINDOW), size))
        self._features = self._features_of(numbers, record)
        values = list(_fitnesses(record, numbers))
        if sum(math.isfinite(fitness) for _, fitness in values) < LEAST:
            self._weights = np.zeros(0)
            return
        features = np.array([self._features[n] for n, _ in values])
        self._mean = np.asarray(features.mean(axis=0), np.float64)
        self._known = features - self._mean
        ranks = _ranks(np.array([fitness for _, fitness in values]))
        gram = self._known @ self._known.T
        gram[np.diag_indices_from(gram)] += RIDGE
        self._weights = np.linalg.solve(gram, ranks - 0.5)

    def _features_of(self, numbers: Sequence[int], record: Record) -> dict[int, Vector]:
        known = self._features
        return {n: known[n] if n in known else self._vector(record.program(n)) for n in numbers}

    def _vector(self, program: Program) -> Vector:
        """Return the features of a program's files that may change."""
        vector = np.zeros(WIDTH)
        for path in program:
            if self._problem.may_change(path) and b"\0" not in program.files[path].data:
                _add(vector, program.text(path))
        return vector


def _fitnesses(record: Record, numbers: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Yield the programs that have a score with their fitness, minus infinity for a failure."""
    for number in numbers:
        score = record.score(number)
        if score is not None:
            yield number, -math.inf if score.fitness is None else score.fitness


def _add(vector: Vector, text: str) -> None:
    before, last = "", ""
    for token in _TOKEN.findall(text):
        if not _is_number(token):
            vector[_column(f"{last} {token}")] += 1.0
            before, last = last, token
            continue
        value = math.asinh(min(float(token), 1e100))
        value = -value if last == "-" else value
        vector[_column(f"{before} {last} #")] += value
        vector[_column(f"{before} {last} ##")] += value * value / 4.0
        before, last = last, "#"


def _is_number(token: str) -> bool:
    return token[0].isdigit() or (token[0] == "." and len(token) > 1)


@lru_cache(maxsize=65_536)
def _column(words: str) -> int:
    digest = hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=4).digest()
    return int.from_bytes(digest, "little") % WIDTH


def _ranks(fitness: Vector) -> Vector:
    """Return ranks from 0 to 1, the mean of them among equals."""
    _, where, counts = np.unique(fitness, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle = ends - (counts - 1) / 2.0 - 1.0
    ranks: Vector = middle[where] / max(1, len(fitness) - 1)
    return ranks
