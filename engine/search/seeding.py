"""Before the first step: the seed programs are measured, and the noise of the first one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cladogen.errors import ConfigError, ProblemError
from cladogen.evaluation import Evaluation, noise
from cladogen.journal import once
from cladogen.novelty import canonical
from cladogen.program import Program
from cladogen.proposal import Outcome
from cladogen.record.entries import ChildEntry
from cladogen.result import Result
from cladogen.search.judging import Judge
from cladogen.task import Propose, Purpose


class Tell(Protocol):
    """Record a result and tell everybody of it."""

    def __call__(self, result: Result, round_: int, proposal: None, *, last: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Seeding:
    """Measure seed programs on the ``opening`` cases (None: all of training), the first of them
    ``repeats`` times over, for the noise. ``tell`` takes their results.
    """

    judge: Judge
    opening: tuple[str, ...] | None
    repeats: int
    tell: Tell

    async def measure(self) -> None:
        """Measure every seed program that has no result yet; raises ProblemError when none of them
        gets a score.
        """
        judge, store = self.judge, self.judge.store
        known = {row.ticket for row in store.results()}
        tasks = [
            Propose(ticket, cases=self.opening, purpose=Purpose.SEED)
            for ticket in range(len(judge.problem.seeds))
            if ticket not in known
        ]
        unmeasured = [task for task in tasks if not store.pending_evaluations(task.ticket)]
        self._fit(sum(self._times(task) * judge.most(task) for task in unmeasured))
        for task in tasks:
            store.add_task(task)
            await self._measure(task, judge.problem.seeds[task.ticket])
        self._note_noise()
        if self.opening is None:
            self._check()

    async def _measure(self, task: Propose, program: Program) -> None:
        judge = self.judge

        async def made() -> tuple[Evaluation, ...]:
            rows: tuple[Evaluation, ...] = ()
            for seed in range(self._times(task)):
                rows += await judge.evaluator.evaluate(program, task.cases, seed=seed)
            return rows

        key = canonical(program, judge.problem.editable)
        entry = ChildEntry(judge.store, judge.record, program, (), task.ticket, 0, key)
        number, rows = await once(entry, made)
        self.tell(Result(task, Outcome.ACCEPTED, number, evaluations=rows), 0, None, last=True)

    def _times(self, task: Propose) -> int:
        return self.repeats if task.cases is None and task.ticket == 0 else 1

    def _fit(self, needed: int) -> None:
        """Raise ConfigError when the cap on evaluations is below what the seeds need."""
        budget = self.judge.budget
        left = budget.evaluations_left()
        if left is None or needed <= left:
            return
        often = f", the first seed {self.repeats} times over" if self.repeats > 1 else ""
        raise ConfigError(
            f"--max-evaluations {budget.caps.evaluations}: measuring the seeds alone takes "
            f"{needed} ({len(self.judge.evaluator.train)} training cases{often}); give at least "
            "that"
        )

    def _note_noise(self) -> None:
        record, score = self.judge.record, self.judge.problem.score
        record.noise = noise(record.evaluations(0), lambda rows: score(rows).fitness)

    def _check(self) -> None:
        """Raise ProblemError when no seed program has a score."""
        seeds = range(len(self.judge.problem.seeds))
        scores = [self.judge.record.score(number) for number in seeds]
        if any(score is not None and score.fitness is not None for score in scores):
            return
        first = scores[0]
        why = "was not measured" if first is None else f"is {first.status}: {first.feedback}"
        raise ProblemError(
            f"{self.judge.problem.folder}: no seed program has a score; the first {why}; its log: "
            f"evolve show {self.judge.store.folder} seed"
        )
