"""Checking a problem: its seeds measured several times, its scorer tried with rubbish. What
``evolve check`` prints.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.evaluators.rubbish import rubbish
from cladogen.evaluators.trial_of_scorer import Discrimination, discrimination, writable
from cladogen.kernels import implementation
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.sandboxes.base import Call, Sandbox
from cladogen.sandboxes.network.allow_list import header


@dataclass(frozen=True, slots=True)
class SeedReport:
    """One seed program, measured: its metrics, the objective's standard deviation over seeds,
    seconds.
    """

    status: str
    fitness: float | None
    metrics: Mapping[str, float]
    feedback: str
    log: str
    heldout: float | None
    noise: float
    deterministic: bool
    seconds: float
    program_seconds: float


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is known of a problem before a search. ``accepted`` and ``raised`` are the scorer's
    faults, by rubbish.
    """

    problem: str
    objective: str
    training_cases: int
    heldout_cases: int
    sandbox: str
    strength: str
    network: str
    kernels: str
    repeats: int
    seeds: tuple[SeedReport, ...]
    tried: int = 0
    accepted: Mapping[str, float] = field(default_factory=dict)
    raised: Mapping[str, str] = field(default_factory=dict)
    doubtful: Mapping[str, float] = field(default_factory=dict)
    reported: bool = False
    discrimination: Discrimination = field(default_factory=Discrimination)

    @property
    def faults(self) -> int:
        return (
            sum(seed.fitness is None for seed in self.seeds)
            + len(self.accepted)
            + len(self.raised)
            + len(self.discrimination.writable)
        )


async def check(
    problem: Problem,
    evaluator: ProblemEvaluator,
    sandbox: Sandbox,
    repeats: int = 5,
    faults: int = 0,
) -> CheckReport:
    """Measure the seeds and try the scorer, also with so many faults planted in the first seed; the
    evaluator must have started.
    """
    seeds = tuple([await _measured(problem, evaluator, seed, repeats) for seed in problem.seeds])
    objective = problem.objective
    unit = f" ({objective.unit})" if objective.unit else ""
    tried, accepted, raised, doubtful = await _tried(problem, evaluator)
    return CheckReport(
        problem.name + (f", variant {problem.variant}" if problem.variant else ""),
        f"{objective.direction} {objective.name}{unit}",
        len(evaluator.train),
        len(evaluator.heldout),
        sandbox.name,
        sandbox.strength,
        dict(header(problem.sandbox.network, sandbox.name)).get("network", "closed"),
        {"c++": "c++", "numpy": "numpy (no C++ extension was built: correct, but slow)"}[
            implementation()
        ],
        repeats,
        seeds,
        tried,
        accepted,
        raised,
        doubtful,
        problem.reported,
        await _told_apart(problem, evaluator, seeds[0], faults),
    )


async def _told_apart(
    problem: Problem, evaluator: ProblemEvaluator, seed: SeedReport, faults: int
) -> Discrimination:
    """Return how well the evaluator tells programs apart; nothing for a seed that fails."""
    if seed.fitness is None or not faults:
        return Discrimination()
    score = problem.score(await evaluator.evaluate(problem.seeds[0]))
    found = await discrimination(problem, evaluator, score, faults)
    case = evaluator.train[0]
    output = None if problem.reported else await _output(evaluator, problem.seeds[0], case)
    written = await writable(evaluator, case, output) if output is not None else ()
    return replace(found, writable=written)


async def _measured(
    problem: Problem, evaluator: ProblemEvaluator, seed: Program, repeats: int
) -> SeedReport:
    started = time.monotonic()
    runs = [await evaluator.evaluate(seed, seed=at) for at in range(repeats)]
    seconds = (time.monotonic() - started) / repeats
    again = await evaluator.evaluate(seed, fresh=True)
    scores = [problem.score(run) for run in runs]
    failed = next((score for score in scores if score.fitness is None), None)
    score = failed or scores[0]
    # A seed that stops at a stage has no business being held out either.
    judged = await _heldout(problem, evaluator, seed) if failed is None else None
    return SeedReport(
        str(score.status),
        score.fitness,
        _means(scores) if failed is None else {},
        score.feedback,
        _log(runs, score.status),
        judged,
        statistics.stdev(score.fitness or 0.0 for score in scores) if failed is None else 0.0,
        [row.output for row in runs[0]] == [row.output for row in again],
        seconds,
        sum(row.usage.wall_s for run in runs for row in _distinct(run)) / repeats,
    )


async def _heldout(problem: Problem, evaluator: ProblemEvaluator, seed: Program) -> float | None:
    if not evaluator.heldout:
        return None
    score = problem.score(await evaluator.evaluate(seed, evaluator.heldout))
    return None if score.fitness is None else score.metrics[problem.objective.name]


async def _tried(
    problem: Problem, evaluator: ProblemEvaluator
) -> tuple[int, dict[str, float], dict[str, str], dict[str, float]]:
    """Return how many kinds of rubbish were tried, and which were accepted, made the scorer fail,
    are doubtful.
    """
    tried = 0
    accepted: dict[str, float] = {}
    raised: dict[str, str] = {}
    doubtful: dict[str, float] = {}
    case = evaluator.train[0]
    output = await _output(evaluator, problem.seeds[0], case)
    for one in rubbish(output) if output is not None else ():
        verdict = (await evaluator.scorer.verdicts([case], one.data))[case]
        tried += 1
        if verdict.error:
            raised[one.label] = verdict.error
        elif not verdict.invalid:
            (accepted if one.certain else doubtful)[one.label] = verdict.metrics.get(
                problem.objective.name, 0.0
            )
    return tried, accepted, raised, doubtful


async def _output(evaluator: ProblemEvaluator, program: Program, case: str) -> bytes | None:
    call = Call(evaluator.scorer.inputs[case])
    (execution,) = await evaluator.execute(program, (call,))
    return execution.output


def _means(scores: list[Score]) -> dict[str, float]:
    return {
        name: statistics.fmean(score.metrics[name] for score in scores)
        for name in scores[0].metrics
    }


def _distinct(run: tuple[Evaluation, ...]) -> list[Evaluation]:
    """Return one evaluation for each execution: cases with equal inputs share one."""
    return list({(row.usage, row.output, row.seed): row for row in run}.values())


def _log(runs: list[tuple[Evaluation, ...]], status: Status) -> str:
    logs = [row.log for run in runs for row in run if row.status is status and row.log]
    text = " ".join(logs[0].split()) if logs and status is not Status.OK else ""
    return text if len(text) <= 600 else f"{text[:300]} ... {text[-300:]}"  # compilers say it first
