"""A proxy: cheap cases say which programs are worth the objective.

Every program runs on the proxy's cases; one that is among the best share of the newest programs by
them goes on to the rest, which alone make its score. So that the proxy can be watched, a few of the
others go on as well, by a draw that depends on the program alone. The share that goes on is one
rung of successive halving (Jamieson and Talwalkar, arXiv:1502.07943), taken as programs come.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cladogen.evaluation import Evaluation, Status
from cladogen.problem import Problem

RECENT = 50  # programs that a new one is compared with: as a search improves, old ones are easy

WATCHED = 0.05  # of the programs that the proxy would stop, that go on all the same
FEWEST = 10  # programs with both values, before their correlation says anything
WEAK = 0.3  # a rank correlation below this is not worth a proxy


class MeasuredPrograms(Protocol):
    """The programs of a run and their training evaluations."""

    def size(self) -> int: ...

    def evaluations(self, number: int) -> Sequence[Evaluation]: ...


def proxy_value(problem: Problem, rows: Sequence[Evaluation]) -> float | None:
    """Return the mean objective over a proxy's cases, more is better; None where one failed."""
    return _mean(problem, [row for row in rows if row.case in problem.proxy.cases])


class Screen:
    """Decide which programs go on from the proxy to the objective, by the newest measured ones."""

    def __init__(self, problem: Problem, record: MeasuredPrograms) -> None:
        self._problem, self._record = problem, record
        self._values: deque[float] = deque(maxlen=RECENT)
        self._unread: list[int] = []  # programs that had no value when they were looked at
        self._read = 0

    def goes_on(self, program: str, rows: Sequence[Evaluation]) -> bool:
        """Tell whether a program, by its hash and evaluations on the proxy's cases, is among the
        best share of the newest programs, or one of the few that go on all the same.
        """
        value = proxy_value(self._problem, rows)
        if value is None:
            return False
        self._learn()
        better = sum(each > value for each in self._values)
        share = self._problem.proxy.share
        return better < max(1.0, share * (len(self._values) + 1)) or is_watched(program)

    def _learn(self) -> None:
        numbers = [*self._unread, *range(self._read, self._record.size())]
        self._read, self._unread = self._record.size(), []
        for number in numbers:
            rows = self._record.evaluations(number)
            value = proxy_value(self._problem, rows)
            if value is not None:
                self._values.append(value)
            elif not rows:
                self._unread.append(number)


def is_watched(program: str) -> bool:
    """Tell whether a program, by its hash, is one of the few that are run on everything."""
    return int(program[:8], 16) < WATCHED * 2**32


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a proxy and the objective agree: programs that the proxy stopped, programs with both
    values, and Spearman's rank correlation of the two (None for fewer than ten, or equal values).
    """

    stopped: int = 0
    both: int = 0
    correlation: float | None = None

    @property
    def sentence(self) -> str:
        """Say it in one line, "" where there is nothing to say."""
        if not self.stopped + self.both:
            return ""
        text = f"stopped {self.stopped} programs, let {self.both} on"
        if self.correlation is None:
            return f"{text}; too few, or too much alike, to say how well it ranks"
        text += f"; rank correlation with the objective {self.correlation:.2f}"
        weak = "; it ranks them otherwise: choose other cases for [proxy], or a larger share"
        return text + (weak if self.correlation < WEAK else "")


def agreement(problem: Problem, programs: Iterable[Sequence[Evaluation]]) -> Agreement:
    """Return how a proxy and the objective agree, from the training evaluations of each program."""
    stopped, pairs = 0, []
    for rows in programs:
        cheap = proxy_value(problem, rows)
        full = _mean(problem, [row for row in rows if row.case not in problem.proxy.cases])
        if cheap is not None and full is not None:
            pairs.append((cheap, full))
        elif cheap is not None and all(row.case in problem.proxy.cases for row in rows):
            stopped += 1
    return Agreement(stopped, len(pairs), _rank_correlation(pairs))


def _rank_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    if len(pairs) < FEWEST or any(len(set(values)) < 2 for values in zip(*pairs, strict=True)):
        return None
    cheap, full = (_ranks(np.array(values)) for values in zip(*pairs, strict=True))
    return float(np.corrcoef(cheap, full)[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value, equal ones sharing the mean of theirs."""
    ordered = np.sort(values)
    below, up_to = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    return (below + up_to) / 2


def _mean(problem: Problem, rows: Sequence[Evaluation]) -> float | None:
    if not rows or any(row.status is not Status.OK for row in rows):
        return None
    objective = problem.objective
    return objective.sign * math.fsum(row.metrics[objective.name] for row in rows) / len(rows)
