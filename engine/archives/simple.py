"""Two plain rules: best of n, and beam search. Neither waits for a round to end."""

from __future__ import annotations

import math

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.rule import Rule, propose_seed
from cladogen.task import Propose, Task


class BestOfN(Rule):
    """``children`` children of one parent, then the best program so far is the parent of the next
    round.
    """

    def __init__(self, space: Space, *, children: int = 8) -> None:
        super().__init__(space)
        bounded("children", children, 1)
        self.round = children
        self.parent: int | None = None
        self._told = 0

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Propose a child of this round's parent."""
        return (
            propose_seed(ticket, self.population)
            if self.parent is None
            else Propose(ticket, (self.parent,), alone=True)
        )

    def enter(self, number: int, result: Result) -> Standing:
        self._count(1 if self.population.parent[number] >= 0 and result.last else 0)
        return super().enter(number, result)

    def noted(self, result: Result) -> None:
        self._count(1)

    def _count(self, more: int) -> None:
        self._told += more
        if self.parent is None or self._told >= self.round:
            self.parent, self._told = self.population.best, 0


class Beam(Rule):
    """The ``width`` best programs have ``branch`` children each; the best of all these are the next
    beam.
    """

    def __init__(self, space: Space, *, width: int = 4, branch: int = 4) -> None:
        super().__init__(space)
        bounded("width", width, 1, 10_000)
        bounded("branch", branch, 1)
        self.width, self.branch = width, branch
        self.beam: list[int] = []
        self._tried: dict[int, int] = {}
        self._next: list[int] = []

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Take the member of the beam with the fewest children tried or in flight."""
        if not self.beam:
            return propose_seed(ticket, self.population)
        return Propose(
            ticket, (min(self.beam, key=lambda n: self._tried.get(n, 0) + self.pending.get(n, 0)),)
        )

    def enter(self, number: int, result: Result) -> Standing:
        """A scored program is a candidate of the next beam."""
        if not math.isnan(self.population.fitness[number]):
            self._next.append(number)
        if result.last:
            self._count(result.task)
        return super().enter(number, result)

    def noted(self, result: Result) -> None:
        self._count(result.task)

    def view(self) -> ArchiveView:
        """Return the beam."""
        return ArchiveView(
            kept=max(1, len(self.beam)), lines=("beam " + " ".join(f"#{n}" for n in self.beam),)
        )

    def _count(self, task: Task) -> None:
        if isinstance(task, Propose) and task.parents and task.parents[0] in self.beam:
            self._tried[task.parents[0]] = self._tried.get(task.parents[0], 0) + 1
        if not self.beam or sum(self._tried.values()) >= self.branch * len(self.beam):
            candidates = dict.fromkeys([*self.beam, *self._next])
            ranked = sorted(
                candidates, key=lambda number: (-float(self.population.fitness[number]), number)
            )
            self.beam, self._next, self._tried = ranked[: self.width], [], {}
