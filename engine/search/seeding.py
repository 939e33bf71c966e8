"""Before the first step: the seed programs are measured, and the noise of the first one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cladogen.archives.base import Result
from cladogen.errors import ConfigError, ProblemError
from cladogen.evaluation import Score
from cladogen.evaluation import noise as noise_of
from cladogen.novelty import canonical
from cladogen.program import Program
from cladogen.proposal import Outcome
from cladogen.task import Propose, Purpose

if TYPE_CHECKING:
    from cladogen.run import Run


async def measure_seeds(run: Run) -> None:
    """Measure every seed program that has no result yet; raises ProblemError when none of them gets
    a score.
    """
    told = {row.ticket for row in run.store.results()}
    tasks = [
        Propose(ticket, cases=run.archive.opening, purpose=Purpose.SEED)
        for ticket in range(len(run.problem.seeds))
    ]
    tasks = [task for task in tasks if task.ticket not in told]
    unmeasured = [task for task in tasks if not run.store.pending_evaluations(task.ticket)]
    _fit(run, sum(_repeats(run, task) * run.judge.most(task) for task in unmeasured))
    for task in tasks:
        run.store.add_task(task)
        await _measure(run, task, run.problem.seeds[task.ticket])
    run.judge.noise = noise(run)
    if run.archive.opening is None:
        _check(run)


async def _measure(run: Run, task: Propose, program: Program) -> None:
    judge = run.judge
    number = run.store.program_of(task.ticket, 0)
    evaluations = judge.recorded(number, task.ticket)
    if number is None:
        for seed in range(_repeats(run, task)):
            evaluations += await run.evaluator.evaluate(program, task.cases, seed=seed)
        key = canonical(program, run.problem.editable)
        number = judge.enter(program, (), task.ticket, key, 0, evaluations)
    run.tell(Result(task, Outcome.ACCEPTED, number, evaluations=evaluations), 0, None, last=True)


def _repeats(run: Run, task: Propose) -> int:
    """Return how often a seed is measured: the first one several times, for the noise."""
    return run.noise_repeats if task.cases is None and task.ticket == 0 else 1


def _fit(run: Run, needed: int) -> None:
    left = run.budget.evaluations_left()
    if left is not None and needed > left:
        often = f", the first seed {run.noise_repeats} times over" if run.noise_repeats > 1 else ""
        raise ConfigError(
            f"--max-evaluations {run.budget.caps.evaluations}: measuring the seeds alone takes "
            f"{needed} "
            f"({len(run.evaluator.train)} training cases{often}); give at least that"
        )


def noise(run: Run) -> float:
    """Return the standard deviation of the first seed program's fitness over its repeated
    measurements.
    """
    return noise_of(run.record.evaluations(0), lambda rows: run.problem.score(rows).fitness)


def _check(run: Run) -> None:
    scores: Sequence[Score | None] = [
        run.record.score(number) for number in range(len(run.problem.seeds))
    ]
    if all(score is None or score.fitness is None for score in scores):
        first = scores[0]
        why = "was not measured" if first is None else f"is {first.status}: {first.feedback}"
        raise ProblemError(
            f"{run.problem.folder}: no seed program has a score; the first {why}; its log: "
            f"evolve show {run.store.folder} seed"
        )
