"""Checking a problem: its seeds measured several times, its scorer tried with rubbish. What
``evolve check`` prints.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.evaluators.base import Evaluator
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.evaluators.reach import KnownSolution, reach
from cladogen.evaluators.rubbish import rubbish
from cladogen.evaluators.scorer import Verdict
from cladogen.evaluators.trial_of_scorer import Discrimination, discrimination, writable
from cladogen.kernels import implementation
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.safety.canary import solved
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
    faults, by rubbish; ``undecided`` says how its verdicts on one output differ, "" for not at all.
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
    undecided: str = ""
    reported: bool = False
    discrimination: Discrimination = field(default_factory=Discrimination)
    canaries: int = 0
    solved_canaries: tuple[str, ...] = ()
    best_known: float | None = None
    reach: KnownSolution | None = None
    better_than_known: bool = False

    @property
    def faults(self) -> int:
        return (
            sum(seed.fitness is None for seed in self.seeds)
            + len(self.accepted)
            + len(self.raised)
            + bool(self.undecided)
            + len(self.discrimination.writable)
            + len(self.solved_canaries)
            + (0 if self.reach is None else len(self.reach.faults))
        )


async def check(
    problem: Problem,
    evaluator: ProblemEvaluator,
    sandbox: Sandbox,
    repeats: int = 5,
    faults: int = 0,
    solution: Any = None,
) -> CheckReport:
    """Measure the seeds and try the scorer, also with so many faults planted in the first seed, and
    with the ``solution`` that the best value known is of; the evaluator must have started.
    """
    seeds = tuple([await _measured(problem, evaluator, seed, repeats) for seed in problem.seeds])
    objective = problem.objective
    unit = f" ({objective.unit})" if objective.unit else ""
    variant = f", variant {problem.variant}" if problem.variant else ""
    tried, accepted, raised, doubtful = await _tried(problem, evaluator)
    return CheckReport(
        problem.name + variant,
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
        await _undecided(problem, evaluator),
        problem.reported,
        await _told_apart(problem, evaluator, seeds[0], faults),
        len(problem.canaries),
        await _solved_canaries(problem, evaluator),
        problem.best_known,
        None if solution is None else await reach(problem, evaluator, solution),
        any(_better(problem, seed.fitness) for seed in seeds),
    )


async def check_world(problem: Problem, evaluator: Evaluator, repeats: int = 5) -> CheckReport:
    """Measure the seeds of a problem that judges programs itself: there is no scorer to be tried,
    and no candidate that runs.
    """
    seeds = [await _measured(problem, evaluator, seed, repeats) for seed in problem.seeds]
    first, again = [
        [(row.case, row.status, dict(row.metrics)) for row in await evaluator.evaluate(seed)]
        for seed in (problem.seeds[0], problem.seeds[0])
    ]
    seeds[0] = replace(seeds[0], deterministic=first == again)
    variant = f", variant {problem.variant}" if problem.variant else ""
    return CheckReport(
        problem.name + variant,
        f"{problem.objective.direction} {problem.objective.name}",
        len(evaluator.train),
        len(evaluator.heldout),
        "none",
        "the problem judges programs itself ([evaluator]); there is no scorer to be tried",
        "closed",
        implementation(),
        repeats,
        tuple(seeds),
    )


def calls_of_check(problem: Problem, evaluator: ProblemEvaluator, repeats: int, faults: int) -> int:
    """Return how many calls of programs a check makes at most."""
    train, heldout = evaluator.calls(evaluator.train), evaluator.calls(evaluator.heldout)
    canaries = evaluator.calls([canary.case for canary in problem.canaries])
    of_a_seed = (repeats + 1) * train + heldout + canaries
    planted = (faults + 1) * train if faults else 0
    outputs = 2 if problem.reported or not faults else 3  # for the scorer to be tried with
    return len(problem.seeds) * of_a_seed + planted + outputs


def _better(problem: Problem, fitness: float | None) -> bool:
    """Tell whether a fitness is above the best value known."""
    known = problem.best_known
    return fitness is not None and known is not None and fitness > problem.objective.sign * known


async def _solved_canaries(problem: Problem, evaluator: ProblemEvaluator) -> tuple[str, ...]:
    """Return the canaries that a seed program solves, and so are none."""
    names = tuple(canary.case for canary in problem.canaries)
    if not names:
        return ()
    found = [solved(problem, await evaluator.evaluate(seed, names)) for seed in problem.seeds]
    return tuple(dict.fromkeys(name for each in found for name in each))


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
    problem: Problem, evaluator: Evaluator, seed: Program, repeats: int
) -> SeedReport:
    started = time.monotonic()
    runs = [await evaluator.evaluate(seed, seed=at) for at in range(repeats)]
    seconds = (time.monotonic() - started) / repeats
    again = await evaluator.evaluate(seed, fresh=True)
    scores = list(map(problem.score, runs))
    score = next((each for each in scores if each.fitness is None), scores[0])
    # A seed that stops at a stage has no business being held out either.
    judged, means, spread = None, {}, 0.0
    if score.fitness is not None:
        judged = await _heldout(problem, evaluator, seed)
        means = _means(scores)
        spread = statistics.stdev(score.fitness or 0.0 for score in scores)
    return SeedReport(
        str(score.status),
        score.fitness,
        means,
        score.feedback,
        _log(runs, score.status),
        judged,
        spread,
        _outputs(runs[0]) == _outputs(again),
        seconds,
        _wall_s(runs) / repeats,
    )


def _wall_s(runs: Sequence[tuple[Evaluation, ...]]) -> float:
    return sum(row.usage.wall_s for run in runs for row in _distinct(run))


def _outputs(rows: Sequence[Evaluation]) -> list[Any]:
    return [row.output for row in rows]


async def _heldout(problem: Problem, evaluator: Evaluator, seed: Program) -> float | None:
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


async def _undecided(problem: Problem, evaluator: ProblemEvaluator) -> str:
    """Return how the scorer's verdicts on the same output differ, in its process and in another; a
    search would not see it, since it asks once for equal outputs.
    """
    case, scorer = evaluator.train[0], evaluator.scorer
    output = await _output(evaluator, problem.seeds[0], case)
    if output is None or scorer.launches:
        return ""
    first = (await scorer.verdicts([case], output))[case]
    other = await scorer.having(scorer.evolved)
    try:
        for each in (scorer, other):
            if each.inputs.get(case) != scorer.inputs[case]:  # drawn anew for each process
                continue
            if differs := _difference(first, await each.again(case, output)):
                return f"{case}: {differs}"
    finally:
        await other.close()
    return ""


def _difference(one: Verdict, other: Verdict) -> str:
    """Return the first metric in which two verdicts differ, in words; "" for none."""
    if other.unpaid or other.error:  # asked without what the program took, or no verdict
        return ""
    for name in {**one.metrics, **other.metrics}:
        before, after = one.metrics.get(name), other.metrics.get(name)
        if before != after:
            return f"{name} {before}, then {after}"
    return ""


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
    if status is Status.OK:
        return ""
    logs = (row.log for row in itertools.chain.from_iterable(runs) if row.status is status)
    text = " ".join(next(filter(None, logs), "").split())
    return text if len(text) <= 600 else f"{text[:300]} ... {text[-300:]}"  # compilers say it first
