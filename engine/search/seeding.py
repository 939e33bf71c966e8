"""Before the first step: the seed programs are measured, and the noise of the first one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from cladogen.errors import ConfigError, ProblemError
from cladogen.evaluation import fitness_of, noise
from cladogen.gateway.caller import under
from cladogen.journal import once
from cladogen.program import Program
from cladogen.proposal import Outcome
from cladogen.record.entries import ChildEntry, RepeatEntry, Rows
from cladogen.result import Result
from cladogen.search.judging import Judge
from cladogen.source.novelty import canonical
from cladogen.task import Propose, Purpose

WRITTEN = "first"  # the event of first programs that were written, where a problem has no seed


class Tell(Protocol):
    """Record a result and tell everybody of it."""

    def __call__(self, result: Result, round_: int, proposal: None, *, last: bool) -> object: ...


@dataclass(frozen=True, slots=True)
class Seeding:
    """Measure seed programs on the ``opening`` cases (None: all of training), the first of them
    ``repeats`` times over, for the noise. ``tell`` takes their results, ``notice`` a line for
    people.
    """

    judge: Judge
    opening: tuple[str, ...] | None
    repeats: int
    tell: Tell
    notice: Callable[[str], None]

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
        self._fit(sum(self._times(task) * judge.one_round(task) for task in unmeasured))
        for task in tasks:
            store.add_task(task)
            await self._measure(task, judge.problem.seeds[task.ticket])
        self._note_noise()
        if self.opening is None:
            self._check()

    async def _measure(self, task: Propose, program: Program) -> None:
        judge = self.judge
        key = canonical(program, judge.problem.editable)
        entry = ChildEntry(judge.store, judge.record, program, (), task.ticket, 0, key)
        number, recorded = await once(entry, partial(self._once, task, program, 0))
        rows = RepeatEntry(judge.store, number, task.ticket, self._seeds(0)).read() or recorded
        rows += await self._again(task, program, number)
        if await judge.canaries.cheats(number, task.ticket, rows):
            raise ProblemError(
                f"{judge.problem.folder}: seed program #{number} solves a canary, so it is none; "
                "see: evolve check"
            )
        self.tell(Result(task, Outcome.ACCEPTED, number, evaluations=rows), 0, None, last=True)

    async def _once(self, task: Propose, program: Program, seed: int) -> Rows:
        with under(task.ticket):
            return await self.judge.evaluator.evaluate(program, task.cases, seed=seed)

    async def _again(self, task: Propose, program: Program, number: int) -> Rows:
        """Return the evaluations of a seed program's further measurements, each recorded as it
        comes; those for which the search has no seconds are left out, and it is said.
        """
        rows: Rows = ()
        for seed in range(1, times := self._times(task)):
            entry = RepeatEntry(self.judge.store, number, task.ticket, self._seeds(seed))
            try:
                async with asyncio.timeout(self.judge.budget.seconds_left()):
                    rows += await once(entry, partial(self._once, task, program, seed))
            except TimeoutError:
                self.notice(
                    f"the seed program is measured {seed} of {times} times, for the seconds are "
                    "used up: how noisy its score is, is known the less"
                )
                break
        return rows

    def _seeds(self, seed: int) -> range:
        """Return the evaluation seeds of one measurement."""
        repeats = self.judge.problem.repeats
        return range(seed * repeats, (seed + 1) * repeats)

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
        if self.judge.problem.race.on and not record.noise and self.repeats > 1:
            self.notice(
                f"[race]: the seed program scored the same {self.repeats} times over; where scores "
                "are no chance, leave [race] out of problem.toml"
            )

    def _check(self) -> None:
        """Raise ProblemError when no seed program has a score."""
        seeds = range(len(self.judge.problem.seeds))
        scores = list(map(self.judge.record.score, seeds))
        if any(fitness_of(score) is not None for score in scores):
            return
        first = scores[0]
        why = "was not measured" if first is None else f"is {first.status}: {first.feedback}"
        raise ProblemError(
            f"{self.judge.problem.folder}: no seed program has a score; the first {why}; its log: "
            f"evolve show {self.judge.store.folder} seed"
        )
