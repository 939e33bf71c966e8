"""Clade metaproductivity: a tree of programs searched by the pooled results of each program and its
descendants.

Huxley-Gödel Machine (arXiv:2510.21614). Programs are measured case by case. A new child is proposed
while ``evaluations ** alpha >= attempts`` (UCB-Air), of the program whose clade draws the largest
from ``Beta(tau(1+S), tau(1+F))``; otherwise the program whose own counts draw the largest is
measured on one more case. The program to ship is the one with the largest epsilon-quantile of its
own posterior.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.curriculum import Curriculum
from cladogen.archives.evidence import BetaEvidence, Evidence, NormalEvidence
from cladogen.archives.options import bounded, one_of
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule
from cladogen.evaluation import Status
from cladogen.proposal import Outcome
from cladogen.task import Measure, Propose, Task


class Clade(Rule):
    """A tree guided by clade counts.

    ``counts="own"`` chooses parents by their own results instead, the comparison that shows what
    clades are worth. ``cooling`` is the exponent beta of ``tau = (B / (B - N)) ** beta``, B being
    the run's evaluations (0, or no budget, keeps tau at 1). A program without a success may have
    children after ``trials`` results, or when it has one on every case, so that a weak seed can
    start. A new child is measured on ``first`` cases at once (0: none, its turn will come): with
    one case, a child that fails it waits long for its second; with five, most can be judged as
    parents. ``quantile`` is the epsilon of the final choice. With ``curriculum`` a program's next
    case is drawn by how much the cases tell programs apart now; ``restarts`` is the share of
    expansions that may go back to programs whose descendants lost cases.
    """

    opening: tuple[str, ...] | None = ()

    def __init__(
        self,
        space: Space,
        *,
        alpha: float = 0.6,
        cooling: float = 0.0,
        trials: int = 10,
        first: int = 5,
        quantile: float = 0.05,
        counts: str = "clade",
        curriculum: bool = False,
        restarts: float = 0.0,
    ) -> None:
        super().__init__(space)
        bounded("alpha", alpha, 0, 1)
        bounded("cooling", cooling, 0, 10)
        bounded("trials", trials, 1)
        bounded("first", first, 0)
        bounded("quantile", quantile, 1e-6, 0.5)
        one_of("counts", counts, ("clade", "own"))
        self.alpha, self.cooling, self.first, self.quantile = (
            alpha,
            cooling,
            min(first, len(space.cases)),
            quantile,
        )
        family = BetaEvidence if space.bounded else NormalEvidence
        cases = len(space.cases)
        self.evidence: Evidence = family(min(trials, cases), cases, counts == "clade")
        self.curriculum = Curriculum(space.cases, space.bounded) if curriculum else None
        self.may_restart(restarts)
        self.evaluations = 0
        self.failed = 0
        self._in_a_row: dict[int, int] = {}
        self._case = {case: index for index, case in enumerate(space.cases)}
        self._bit = {case: 1 << index for case, index in self._case.items()}
        self._width = (len(space.cases) + 7) // 8
        self._measured = Column("u1", 0, self._width)
        self._asked: dict[int, list[str]] = {}
        self._top: tuple[float, int] | None = None  # of the short list; None: to be found

    @property
    def attempts(self) -> int:
        """Programs made from others (the seeds were given), proposals that failed, and proposals in
        flight.
        """
        made = self.population.count - len(self.population.seeds)
        return made + self.failed + sum(self.pending.values())

    @property
    def tau(self) -> float:
        """The inverse temperature of every draw."""
        budget = self.space.max_evaluations
        if budget is None:
            return 1.0
        ratio: float = budget / max(1, budget - self.evaluations)
        return math.pow(ratio, self.cooling)

    def choose(self, ticket: int, rng: np.random.Generator) -> Task:
        """Expand when the evaluations so far allow one more attempt, measure otherwise."""
        expand = self.evaluations**self.alpha >= self.attempts
        parent = self.evidence.draw_parent(self.tau, rng) if expand else -1
        if parent < 0:
            program = self.evidence.draw_measure(self.tau, rng)
            if program >= 0:
                return Measure(ticket, program, (self._next_case(program, rng),))
            parent = parent if expand else self.evidence.draw_parent(self.tau, rng)
        if parent < 0:
            parent = self.population.seeds[int(rng.integers(len(self.population.seeds)))]
        return Propose(ticket, (parent,), cases=self._opening_cases(rng))

    def enter(self, number: int, result: Result) -> Standing:
        """Add a program to the tree; its parent's run of failures, if any, is over."""
        parent = int(self.population.parent[number])
        self.evidence.add(number, parent)
        if self._in_a_row.pop(parent, None):
            self.evidence.penalize(parent, 0)
        self._learn(number, result)
        return Standing.NEW

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Count one more measurement."""
        self._learn(number, result)
        return Standing.NOTED

    def noted(self, result: Result) -> None:
        """A failed proposal is an attempt; a parent whose proposals fail in a row backs off, twice
        as far each time.
        """
        if not isinstance(result.task, Propose) or not result.task.parents:
            return
        self.failed += 1
        if result.outcome is not Outcome.DUPLICATE and result.task.parents[0] in self.population:
            parent = result.task.parents[0]
            self._in_a_row[parent] = min(self._in_a_row.get(parent, 0) + 1, 20)
            self.evidence.penalize(parent, 2 ** self._in_a_row[parent] - 1)

    def departed(self, task: Task) -> None:
        if isinstance(task, Measure):
            self._asked.setdefault(task.program, []).extend(task.cases)
            self.evidence.fly(task.program, 1, True)
        else:
            self.evidence.fly(task.parents[0], 1, False)

    def landed(self, task: Task) -> None:
        if isinstance(task, Measure):
            asked = self._asked[task.program]
            for case in task.cases:
                asked.remove(case)
            if not asked:
                del self._asked[task.program]
            self.evidence.fly(task.program, -1, True)
        else:
            self.evidence.fly(task.parents[0], -1, False)

    def shortlist(self, count: int) -> tuple[int, ...]:
        """Return the scored programs whose own posterior has the largest epsilon-quantile, best
        first.
        """
        scored = np.flatnonzero(~np.isnan(self.population.fitness.array[: self.population.size]))
        if count <= 0 or not len(scored):
            return ()
        if count == 1 and self._top is not None:
            return (self._top[1],)
        quantiles = self.evidence.quantiles(scored, self.quantile)
        order = np.lexsort((scored, -quantiles))[:count]
        self._top = -float(quantiles[order[0]]), int(scored[order[0]])
        return tuple(map(int, scored[order]))

    def view(self) -> ArchiveView:
        """Return programs, evaluations and attempts so far."""
        line = (
            f"{self.evaluations} evaluations, {self.population.count} programs, {self.failed} "
            "failed proposals"
        )
        return ArchiveView(kept=self.population.count, lines=(line,))

    def _learn(self, number: int, result: Result) -> None:
        ran: Mapping[str, float] = {}
        if result.score is not None:
            ran = self.space.values(result.score)
        now = [row.case for row in result.evaluations if row.status is not Status.INFRA]
        self.evaluations += len(now)
        bits = int.from_bytes(self._measured[number].tobytes(), "little")
        for case in (*ran, *now):
            bits |= self._bit.get(case, 0)
        self._measured[number] = np.frombuffer(bits.to_bytes(self._width, "little"), np.uint8)
        self.evidence.record(number, ran, max(0, bits.bit_count() - len(ran)))
        self._follow(number)
        if self.curriculum is not None:
            fresh = set(now)
            self.curriculum.learn({case: value for case, value in ran.items() if case in fresh})

    def _follow(self, number: int) -> None:
        """Keep up what heads the short list, which is asked for after each result, where the
        program that was measured says it.
        """
        if self._top is None or math.isnan(self.population.fitness[number]):
            self._top = None
            return
        quantile = self.evidence.quantile(number, self.quantile)
        mine = None if quantile is None else (-quantile, number)
        falls = number == self._top[1] and (mine is None or mine > self._top)
        self._top = None if mine is None or falls else min(mine, self._top)

    def _next_case(self, program: int, rng: np.random.Generator) -> str:
        known = np.unpackbits(
            self._measured[program], count=len(self.space.cases), bitorder="little"
        )
        for case in self._asked.get(program, ()):
            known[self._case[case]] = 1
        unknown = np.flatnonzero(known == 0)
        if self.curriculum is not None:
            return self.space.cases[int(self.curriculum.draw(unknown, 1, rng)[0])]
        return self.space.cases[int(unknown[int(rng.integers(len(unknown)))])]

    def _opening_cases(self, rng: np.random.Generator) -> tuple[str, ...]:
        if self.curriculum is not None and self.first:
            drawn = self.curriculum.draw(np.arange(len(self.space.cases)), self.first, rng)
            return tuple(self.space.cases[index] for index in sorted(drawn.tolist()))
        if self.first == 1:
            return (self.space.cases[int(rng.integers(len(self.space.cases)))],)
        chosen = sorted(rng.permutation(len(self.space.cases))[: self.first].tolist())
        return tuple(self.space.cases[index] for index in chosen)
