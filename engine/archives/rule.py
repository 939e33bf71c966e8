"""What every selection rule here shares: the population, the tickets in flight, the order of a
fold.

A rule fills in `choose` and, where it keeps more than the population, `enter`, `rescore` and
`noted`. A rule of one's own need not start here: the seam is `cladogen.archives.base.Archive`.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.population import Population
from cladogen.archives.restarts import Restarts
from cladogen.proposal import Outcome
from cladogen.task import Propose, Task

NOTHING = frozenset((Outcome.INFRA, Outcome.ABANDONED))  # outcomes that count for nothing
RAN = frozenset((Outcome.ACCEPTED, Outcome.MEASURED))  # outcomes with a program that was evaluated


class Rule:
    """An archive whose subclasses only say how to choose and what to keep beyond the population."""

    opening: tuple[str, ...] | None = None

    def __init__(self, space: Space) -> None:
        self.space = space
        self.population = Population()
        self.pending: Counter[int] = (
            Counter()
        )  # proposals in flight, by first parent: virtual children
        self._flying: dict[int, Task] = {}
        self.restarts: Restarts | None = None  # of a rule that has the option

    def ask(self, ticket: int, rng: np.random.Generator) -> Task:
        """Return the next task; raises ValueError before any seed was told."""
        if not self.population.seeds:
            raise ValueError("ask came before any seed program was told; tell the seeds first")
        task = self._restarted(ticket, rng) or self.choose(ticket, rng)
        self.take_up(task)
        return task

    def take_up(self, task: Task) -> None:
        """Count a task as in flight: one chosen now, or one of an archive before this one."""
        self._flying[task.ticket] = task
        if isinstance(task, Propose) and task.parents:
            self.pending[task.parents[0]] += 1
        self.departed(task)

    def tell(self, result: Result) -> Standing:
        """Take a result: what was in flight lands, then the program enters, is scored again, or the
        failure is noted. A task whose repair follows stays in flight: what failed is one attempt,
        not two.
        """
        task = self._flying.pop(result.task.ticket, None) if result.last else None
        if task is not None:
            self._land(task)
        if result.outcome in NOTHING:
            return Standing.NOTED
        if result.program is None or result.outcome not in RAN:
            if result.last:
                self.noted(result)
            return Standing.NOTED
        if result.program in self.population:
            return self._again(result.program, result)
        return self._first(result.program, result)

    def shortlist(self, count: int) -> tuple[int, ...]:
        """Return up to ``count`` scored programs, the fittest first."""
        return self.population.ranked(count)

    def view(self) -> ArchiveView:
        """Return how many programs are kept."""
        return ArchiveView(kept=self.population.scored)

    def may_restart(self, share: float) -> None:
        """Let up to a share of the turns go back to programs whose descendants lost something."""
        restarts = Restarts(self.space, share)
        self.restarts = restarts if share else None

    def value(self, number: int, result: Result) -> float:
        """Return a program's mean utility, where utilities are known, and else its fitness; NaN
        when it failed.
        """
        scored = result.ranked
        if scored is None or not scored.utilities or not self.space.bounded:
            return float(self.population.fitness[number])
        return sum(scored.utilities.values()) / len(scored.utilities)

    def _restarted(self, ticket: int, rng: np.random.Generator) -> Task | None:
        number = None if self.restarts is None else self.restarts.draw(rng)
        return None if number is None else self.restart_from(ticket, number, rng)

    # What a rule fills in.

    def restart_from(self, ticket: int, number: int, rng: np.random.Generator) -> Task:
        """Return the task that goes back to a program."""
        return Propose(ticket, (number,))

    def choose(self, ticket: int, rng: np.random.Generator) -> Task:
        """Return the next task."""
        raise NotImplementedError

    def enter(self, number: int, result: Result) -> Standing:
        """Take in a program told for the first time; its fitness is in the population already (NaN
        when it failed).
        """
        return Standing.REJECTED if result.fitness is None else Standing.NEW

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Take note that a program was measured again; ``old`` is the fitness it had."""
        return Standing.NOTED

    def noted(self, result: Result) -> None:
        """Take note of a proposal that made no new program."""

    def departed(self, task: Task) -> None:
        """Count a task that is now in flight."""

    def landed(self, task: Task) -> None:
        """Take back what `departed` counted."""

    def _land(self, task: Task) -> None:
        if isinstance(task, Propose) and task.parents:
            self.pending[task.parents[0]] -= 1
            if not self.pending[task.parents[0]]:
                del self.pending[task.parents[0]]
        self.landed(task)

    def _first(self, number: int, result: Result) -> Standing:
        self.population.enter(number, parents_of(result), result.fitness)
        self._remember(number, result)
        return self.enter(number, result)

    def _again(self, number: int, result: Result) -> Standing:
        old = self.population.score(number, result.fitness)
        self._remember(number, result)
        return self.rescore(number, result, old)

    def _remember(self, number: int, result: Result) -> None:
        if self.restarts is None or result.score is None:
            return
        values = self.space.values(result.score)
        improved = number == self.population.best
        self.restarts.learn(number, int(self.population.parent[number]), values, improved)


def parents_of(result: Result) -> tuple[int, ...]:
    """Return the parents of a result's program: its own, or those its task named."""
    return result.parents or (result.task.parents if isinstance(result.task, Propose) else ())


def propose_seed(ticket: int, population: Population) -> Propose:
    """Return the task to fall back to while no program has a score: a child of the first seed."""
    return Propose(ticket, (population.seeds[0],))
