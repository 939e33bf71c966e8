"""Probe: run several children of one parent in one sandbox start, to propose the best that is new.

Where a program takes less time than the start of its sandbox, an evaluation is mostly that start,
and a child that behaves as a known program does is found out only after it. So many are run as
trials, and one of them is proposed. A cap on evaluations counts trials, too: under one, children
are proposed as they are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cladogen.evaluation import Evaluation, Score
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.program import Program
from cladogen.proposers.base import Record
from cladogen.proposers.gain import named
from cladogen.proposers.known_numbers import KnownNumbers
from cladogen.proposers.offer import trials_allowed
from cladogen.task import Propose

PROBES = 12
CHEAP_S = 0.1  # CPU time of one evaluation; the start of a sandbox takes some 0.02
MOST_S = 24.0  # that a start may last when every child in it runs into its time limit


class Probe:
    """Try children and tell which is worth an evaluation. ``most`` is how many are tried for one
    proposal; None: `PROBES` where the parent is cheap and no cap counts them, else none. Fewer
    are tried where the time limit of ``time_s`` is long, or little is left of the run's own time.
    """

    def __init__(
        self,
        trials: Evaluator | None,
        budget: Ledger | None,
        time_s: float,
        most: int | None = None,
    ) -> None:
        self.time_s = time_s
        self.trials, self.budget, self.most = trials, budget, most
        # Of recorded programs: what they returned, and its worth, which may be time that they took.
        self._behaviours = KnownNumbers()
        self._read = 0

    def count(self, task: Propose, record: Record) -> int:
        """Return how many children may be tried for a task; below 2 it is not worth it."""
        most = self._wanted(task, record)
        if most < 2 or self.trials is None or task.cases is not None:
            return 0
        return trials_allowed(task.ticket, most, self.budget, self.trials)

    def _wanted(self, task: Propose, record: Record) -> int:
        if self.most is not None:
            return self.most
        if self.budget is not None and self.budget.caps.evaluations is not None:
            return 0
        took = [_seconds(row) for row in record.evaluations(task.parents[0])]
        return min(PROBES, self._in_time()) if took and max(took) < CHEAP_S else 0

    def _in_time(self) -> int:
        """Return how many children fit into a start, and into what is left, if all are slow."""
        left = None if self.budget is None else self.budget.seconds_left()
        return int(min(MOST_S, MOST_S if left is None else left) / self.time_s)

    async def best(
        self, parent: Program, children: Sequence[Program], record: Record
    ) -> int | None:
        """Return which child is the best of those that run and behave like no recorded program;
        None when there is no such child.
        """
        assert self.trials is not None
        self._catch_up(record)
        scores = await self.trials.trials(parent, children)
        new = [at for at, score in enumerate(scores) if self._is_new(score)]
        return max(new, key=lambda at: (scores[at].fitness or 0.0, -at), default=None)

    def _is_new(self, score: Score) -> bool:
        return score.fitness is not None and _behaviour(score) not in self._behaviours

    def state(self) -> list[Any]:
        """Return what is known of recorded programs, and of how many."""
        return [self._read, self._behaviours.state()]

    def restore(self, state: list[Any]) -> None:
        """Take in what `state` gave."""
        self._read, names = state
        self._behaviours.restore(names)

    def _catch_up(self, record: Record) -> None:
        for number in range(self._read, record.size()):
            score = record.score(number)
            if score is not None and score.signature:
                self._behaviours.add(_behaviour(score))
        self._read = record.size()


def _behaviour(score: Score) -> int:
    """Name what a program did on the problem's own cases, and its worth there: trials are made on
    no others.
    """
    if score.fitness is None or not score.cases:
        return named(score.signature, score.fitness)
    return named(score.signature, math.fsum(score.cases.values()))


def _seconds(row: Evaluation) -> float:
    """Return what an evaluation took: where it ran elsewhere, only its wall clock is known."""
    return row.usage.wall_s if row.usage.elsewhere else row.usage.cpu_s
