"""UCT over the lineage, as SWE-Search (arXiv:2410.20285) uses it.

The bound of a program is ``Q + c sqrt(ln N / n) + a exp(-b (depth - 1)) - g sqrt(depth)``; Q is the
mean score of the program and all its descendants, on [0, 1]. From the roots down, the child with
the largest bound is followed, until a program that may have another child and whose own bound is
not below that of its best child: SWE-Search compares all programs that may be expanded, whatever
their depth, and one step down compares two depths. A program may have another child while
``children < widen sqrt(visits)`` (progressive widening, since it can have any number of them).
"""

from __future__ import annotations

import math

import numpy as np

from cladogen.archives.base import Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule, propose_seed
from cladogen.kernels.uct import uct_tree
from cladogen.task import Propose, Task


class Uct(Rule):
    """UCT with progressive widening; a child that failed is a visit worth the lowest score so
    far.
    """

    def __init__(
        self,
        space: Space,
        *,
        explore: float = 1.41,
        widen: float = 1.0,
        depth_bonus: float = 0.8,
        depth_decay: float = 1.0,
        depth_cost: float = 0.02,
    ) -> None:
        super().__init__(space)
        bounded("explore", explore, 0)
        bounded("widen", widen, 1e-9)
        bounded("depth_bonus", depth_bonus, 0)
        bounded("depth_decay", depth_decay, 0)
        bounded("depth_cost", depth_cost, 0)
        self.tree = uct_tree(explore, widen, depth_bonus, depth_decay, depth_cost)
        self._values = Column("f8", math.nan)  # what each program's own visit was worth
        self.low, self.high = (0.0, 1.0) if space.bounded else (math.inf, -math.inf)

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Walk down to the program to expand."""
        if self.population.best is None:
            return propose_seed(ticket, self.population)
        return Propose(ticket, (self.tree.select(self.low, self.high),))

    def enter(self, number: int, result: Result) -> Standing:
        """Add a program to the tree and its value to everything above it; a failed one only as a
        visit.
        """
        value = self.value(number, result)
        parent = int(self.population.parent[number])
        if math.isnan(value) and parent >= 0:
            self._fail(parent)
            return Standing.REJECTED
        while parent >= 0 and math.isnan(self.population.fitness[parent]):
            parent = int(self.population.parent[parent])
        self.tree.add(number, parent)
        if not math.isnan(value):
            self._visit(number, value)
        return Standing.NEW

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Change what the program's visit was worth; one without a score any more is worth the
        lowest so far.

        One that had none enters now; the visit of its parent by which it failed stays.
        """
        value, before = self.value(number, result), self._values[number]
        if math.isnan(before) and not math.isnan(value):
            if self.population.parent[number] >= 0:
                self.enter(number, result)
            else:
                self._visit(number, value)
        elif not math.isnan(before):
            value = self.low if math.isnan(value) else value
            self._widen_range(value)
            self._values[number] = value
            self.tree.amend(number, value - before)
        return Standing.NOTED

    def noted(self, result: Result) -> None:
        """A failed proposal is a visit of its parent."""
        if isinstance(result.task, Propose) and result.task.parents:
            self._fail(result.task.parents[0])

    def departed(self, task: Task) -> None:
        if isinstance(task, Propose):
            self.tree.fly(task.parents[0], 1)

    def landed(self, task: Task) -> None:
        if isinstance(task, Propose):
            self.tree.fly(task.parents[0], -1)

    def _visit(self, number: int, value: float) -> None:
        self._widen_range(value)
        self._values[number] = value
        self.tree.visit(number, value)

    def _fail(self, parent: int) -> None:
        if self.low <= self.high and not math.isnan(self.population.fitness[parent]):
            self.tree.visit(parent, self.low)

    def _widen_range(self, value: float) -> None:
        if not self.space.bounded:
            self.low, self.high = min(self.low, value), max(self.high, value)
