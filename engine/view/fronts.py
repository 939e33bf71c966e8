"""Pareto fronts of a run: over the problem's metrics as objectives, or one front for each case.

Of all scored programs, also of those that an archive with few members dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cladogen.errors import ConfigError
from cladogen.view.program_row import ProgramRow
from cladogen.view.run_reader import RunReader

Over = Literal["objectives", "cases"]
LOWEST = -np.inf  # of a value that a program has not


@dataclass(frozen=True, slots=True)
class Front:
    """Programs by their values. ``numbers`` is (n,), ``fitness`` (n,), ``values`` (n, names): the
    metrics' own values, NaN where a program has none. ``signs`` is +1 where more is better, else
    -1. ``held`` is (n,): in how many fronts a program is, of the one over all objectives or of one
    for each case.
    """

    over: Over
    names: tuple[str, ...]
    signs: tuple[int, ...]
    numbers: NDArray[np.int64]
    fitness: NDArray[np.float64]
    values: NDArray[np.float64]
    held: NDArray[np.int64]

    def members(self) -> list[tuple[int, int]]:
        """Return the rows of programs in a front and how many others have the same values: those in
        most fronts first, then the fittest. Of programs with the same values only the oldest.
        """
        held = np.flatnonzero(self.held)
        turned = _turned(self.values, self.signs)
        near = np.flatnonzero(np.isin(turned[:, 0], turned[held, 0]))  # few need to be compared
        _, which, many = np.unique(turned[near], axis=0, return_inverse=True, return_counts=True)
        which = which.reshape(-1)[np.searchsorted(near, held)]
        _, first = np.unique(which, return_index=True)
        rows, same = held[first], many[which[first]] - 1
        order = np.lexsort((self.numbers[rows], -self.fitness[rows], -self.held[rows]))
        return list(zip(rows[order].tolist(), same[order].tolist(), strict=True))

    def best_on(self, at: int) -> tuple[float, NDArray[np.int64]]:
        """Return the best value of a name and the numbers of the programs that reach it."""
        one = slice(at, at + 1)
        turned = _turned(self.values[:, one], self.signs[one])[:, 0]
        best = turned.max()
        return float(self.signs[at] * best), self.numbers[turned == best]


def offered(run: RunReader) -> list[Over]:
    """Return over what there can be fronts in a run: several metrics, several cases."""
    found: list[Over] = ["objectives"] if len(run.problem.metrics) > 1 else []
    scored = next((row for row in run.entries if not row.failed), None)
    return found + (["cases"] if scored and len(scored.score.cases) > 1 else [])


def front(run: RunReader, over: Over) -> Front:
    """Return the front over objectives or cases; raises ConfigError where there is one alone."""
    if over == "objectives":
        return _over_objectives(run)
    return _over_cases(run)


def _over_objectives(run: RunReader) -> Front:
    metrics = run.problem.metrics
    if len(metrics) < 2:
        raise ConfigError(
            f"{run.problem.name}: this problem has one metric, so there is no front of several; "
            "[metrics.NAME] in its problem.toml names more"
        )
    rows = [row for row in run.entries if row.score.fitness is not None]
    wide = len(metrics)
    given = [(*row.score.objectives, *[LOWEST] * wide)[:wide] for row in rows]
    turned = _number(given, wide)
    held = nondominated(turned).astype(np.int64)
    names = tuple(metric.name for metric in metrics)
    signs = tuple(int(metric.sign) for metric in metrics)
    numbers, fitness = _who(rows)
    return Front("objectives", names, signs, numbers, fitness, _own(turned, signs), held)


def _over_cases(run: RunReader) -> Front:
    rows = [row for row in run.entries if row.score.fitness is not None]
    known = dict.fromkeys(tuple(row.score.cases) for row in rows)  # few different ones
    names = tuple(dict.fromkeys(name for listed in known for name in listed))
    if len(names) < 2 and rows:
        raise ConfigError(
            f"{run.problem.name}: this problem has one case, so there are no fronts of several"
        )
    given = [_on(row.score.cases, names) for row in rows]
    turned = _number(given, len(names))
    held = _held(turned)
    signs = (int(run.problem.objective.sign),) * len(names)
    numbers, fitness = _who(rows)
    return Front("cases", names, signs, numbers, fitness, _own(turned, signs), held)


def _on(cases: Mapping[str, float], names: tuple[str, ...]) -> list[float]:
    """Return a program's fitness on each case."""
    if tuple(cases) == names:
        return list(cases.values())
    return [cases.get(name, LOWEST) for name in names]


def _who(rows: Sequence[ProgramRow]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    numbers = np.array([row.number for row in rows], np.int64)
    return numbers, np.array([row.score.fitness for row in rows], float)


def _number(rows: Sequence[Sequence[float]], wide: int) -> NDArray[np.float64]:
    """Return rows as (n, wide); what is no number counts as less than any."""
    found = np.array(rows, float).reshape(len(rows), wide)
    found[np.isnan(found)] = LOWEST
    return found


def _own(turned: NDArray[np.float64], signs: Sequence[int]) -> NDArray[np.float64]:
    return np.where(turned == LOWEST, np.nan, turned * np.array(signs, float))


def _turned(values: NDArray[np.float64], signs: Sequence[int]) -> NDArray[np.float64]:
    return np.where(np.isnan(values), LOWEST, values * np.array(signs, float))


def _held(turned: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return on how many cases each row is best, a case at a time; a row that is dispensable in
    every front it is in leaves them, the lowest sum first, as GEPA (arXiv:2507.19457) has it.
    """
    if not turned.size:
        return np.zeros(len(turned), np.int64)
    best = (turned == turned.max(axis=0)) & (turned > LOWEST)
    sums = np.where(turned == LOWEST, 0.0, turned).sum(axis=1)
    many = best.sum(axis=0)
    rows = np.flatnonzero(best.any(axis=1))
    for row in rows[np.lexsort((-rows, sums[rows]))]:
        if (many[best[row]] > 1).all():
            many -= best[row]
            best[row] = False
    found: NDArray[np.int64] = best.sum(axis=1)
    return found


def nondominated(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows no other row dominates; ``points`` is (n, objectives), more is better.

    Rows are taken by their sum of ranks, so that what dominates much is met early and what it
    dominates is compared no more.
    """
    found = np.zeros(len(points), bool)
    if not len(points):
        return found
    ranks = sum(np.unique(column, return_inverse=True)[1] for column in points.T)
    left, front = np.argsort(-np.asarray(ranks), kind="stable"), []
    while len(left):
        front.append(left[0])
        left = left[(points[left] > points[left[0]]).any(axis=1)]
    members = set(map(tuple, points[front].tolist()))
    near = np.flatnonzero(np.isin(points[:, 0], points[front, 0]))
    found[near] = [row in members for row in map(tuple, points[near].tolist())]
    return found
