"""Aggregation: what the evaluations of one program add up to.

A case counts once, whatever its number of repeats; every case counts the same. One failed
evaluation fails the program: an objective averaged over the cases that happened to work would
reward failing on the hard ones. Metrics are means over the problem's own cases; cases that evolved
(`cladogen.problem.coevolution`) only add a share of the gain over the seed to the fitness.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.problem.coevolution import gain, is_evolved
from cladogen.problem.rounding import settled, settled_mean
from cladogen.problem.values import Constraint, Metric, ScoringRules

Rows = Mapping[str, Sequence[Evaluation]]
Bare = Callable[..., Score]
MEASURED = (
    "wall_s",
    "cpu_s",
    "peak_memory_mb",
)  # metrics that the sandbox measures, where a problem names them


def score(problem: ScoringRules, evaluations: Sequence[Evaluation]) -> Score:
    """Return the score under ``problem``; evaluations that the world spoilt are left out.

    A case of which nothing is left is not left out: without it there is no score, else losing a
    hard case would pay.
    """
    evaluations = _without_proxy(problem, evaluations)
    counted = [evaluation for evaluation in evaluations if evaluation.status is not Status.INFRA]
    if not counted:
        return _of_nothing(evaluations)
    by_case = _by_case(counted)
    fixed = _fixed(by_case)
    utilities = {name: _utility(problem.objective, rows) for name, rows in fixed.items()}
    bare = partial(Score, utilities=utilities, signature=_signature(counted))
    stopped = _stopped(evaluations, by_case)
    if stopped is not None:
        return bare(stopped.status, feedback=stopped.feedback)
    if not fixed:
        return bare(Status.INFRA, feedback="not evaluated on its own cases")
    return _of_what_ran(problem, counted, by_case, bare)


def _of_nothing(spoilt: Sequence[Evaluation]) -> Score:
    feedback = spoilt[0].feedback if spoilt else "not evaluated"
    return Score(Status.INFRA, feedback=feedback)


def _fixed(by_case: Rows) -> Rows:
    """Return the rows of the cases that the problem itself has."""
    return {name: rows for name, rows in by_case.items() if not is_evolved(name)}


def _of_what_ran(
    problem: ScoringRules, counted: Sequence[Evaluation], by_case: Rows, bare: Bare
) -> Score:
    """Return the score of a program none of whose evaluations failed."""
    per_case = {name: _mean_metrics(rows) for name, rows in _fixed(by_case).items()}
    metrics = _mean_of(list(per_case.values()))
    broken = _broken_constraint(problem, metrics)
    if broken:
        return bare(Status.INVALID, metrics=metrics, feedback=broken)
    name = problem.objective.name
    if by_case.keys() <= set(problem.proxy.cases):
        why = f"{name} {metrics[name]:.6g} by the proxy: not worth the other cases"
        return bare(Status.SCREENED, metrics=metrics, feedback=why)
    compared = _Compared(problem, per_case, metrics)
    return bare(
        Status.OK,
        fitness=_fitness(compared, by_case),
        metrics=metrics,
        objectives=tuple(metric.sign * compared.mean(metric) for metric in problem.metrics),
        features=tuple(metrics[axis.metric] for axis in problem.axes),
        cases=compared.cases(),
        feedback=_feedback(counted),
    )


def _fitness(compared: _Compared, by_case: Rows) -> float:
    objective = compared.problem.objective
    fitness = objective.sign * compared.mean(objective)
    gained = _share_of_gain(compared.problem, by_case)
    return compared.value(objective, fitness + gained) if gained else fitness


def _feedback(counted: Sequence[Evaluation]) -> str:
    return "\n".join(dict.fromkeys(row.feedback for row in counted if row.feedback))


@dataclass(frozen=True, slots=True)
class _Compared:
    """Metrics as programs are compared by them: without rounding noise, where the problem says."""

    problem: ScoringRules
    per_case: Mapping[str, Mapping[str, float]]
    means: Mapping[str, float]

    def mean(self, metric: Metric) -> float:
        mean = self.means[metric.name]
        if self.problem.to_the_bit:
            return mean
        return settled_mean(metric, mean, (each[metric.name] for each in self.per_case.values()))

    def value(self, metric: Metric, value: float) -> float:
        return value if self.problem.to_the_bit else settled(metric, value)

    def cases(self) -> dict[str, float]:
        """Return the fitness of each case."""
        objective = self.problem.objective
        return {
            case: objective.sign * self.value(objective, values[objective.name])
            for case, values in self.per_case.items()
        }


def _share_of_gain(problem: ScoringRules, by_case: Mapping[str, Sequence[Evaluation]]) -> float:
    """Return what evolved cases add to a fitness: the gain over the seed on them, spread over all
    champions that there can be, so that one that a program has not met counts as no gain.
    """
    evolved = {name: rows for name, rows in by_case.items() if is_evolved(name)}
    if not evolved:
        return 0.0
    rules, objective = problem.coevolution, problem.objective
    return rules.share * gain(evolved, objective.name, objective.sign) / rules.champions


def _stopped(
    evaluations: Sequence[Evaluation], by_case: Mapping[str, Sequence[Evaluation]]
) -> Evaluation | None:
    """Return why there is no score: the first failure, else a case of which nothing is left."""
    spoilt = (row for row in evaluations if row.status is Status.INFRA and row.case not in by_case)
    failed = (row for row in evaluations if row.status not in (Status.OK, Status.INFRA))
    return next(failed, None) or next(spoilt, None)


def _without_proxy(
    problem: ScoringRules, evaluations: Sequence[Evaluation]
) -> Sequence[Evaluation]:
    """Leave out what a program did on the proxy's cases, once it ran on others."""
    cases = problem.proxy.cases
    others = [row for row in evaluations if row.case not in cases] if cases else []
    return others or evaluations


def utility(metric: Metric, value: float) -> float:
    """Return the value's place in the metric's range, 1 the best; 0 for a metric without one."""
    if metric.low is None or metric.high is None:
        return 0.0
    share = (value - metric.low) / (metric.high - metric.low)
    return min(1.0, max(0.0, share if metric.sign > 0 else 1.0 - share))


def _utility(metric: Metric, rows: Sequence[Evaluation]) -> float:
    values = [
        utility(metric, row.metrics[metric.name]) if row.status is Status.OK else 0.0
        for row in rows
    ]
    return math.fsum(values) / len(values)


def _by_case(evaluations: Sequence[Evaluation]) -> dict[str, list[Evaluation]]:
    result: dict[str, list[Evaluation]] = {}
    for evaluation in evaluations:
        result.setdefault(evaluation.case, []).append(evaluation)
    return result


def _mean_metrics(rows: Sequence[Evaluation]) -> Mapping[str, float]:
    if len(rows) == 1:
        return rows[0].metrics
    means = _mean_of([row.metrics for row in rows])
    # Whatever disturbs a measurement adds to it, so the least of the repeats is nearest to the
    # truth.
    return means | {
        name: min(row.metrics[name] for row in rows) for name in MEASURED if name in means
    }


def _mean_of(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = [name for name in tables[0] if all(name in table for table in tables)]
    return {name: math.fsum([table[name] for table in tables]) / len(tables) for name in names}


def _broken_constraint(problem: ScoringRules, metrics: Mapping[str, float]) -> str:
    for bound in problem.constraints:
        broken = _breach(bound, metrics[bound.metric])
        if broken:
            return broken
    return ""


def _breach(bound: Constraint, value: float) -> str:
    """Return that a value is beyond a bound, "" where it is within."""
    if bound.low is not None and value < bound.low:
        return f"{bound.metric} = {value:g}, below its bound {bound.low:g}"
    if bound.high is not None and value > bound.high:
        return f"{bound.metric} = {value:g}, above its bound {bound.high:g}"
    return ""


def _signature(evaluations: Sequence[Evaluation]) -> str:
    """Name what a program did on the problem's own cases; "" where an evaluation that succeeded
    does not say what came out: programs without an output are not alike.
    """
    if any(row.status is Status.OK and not row.output for row in evaluations):
        return ""
    own = [row for row in evaluations if not is_evolved(row.case)]
    rows = sorted({f"{row.case} {row.seed} {row.status.value} {row.output}" for row in own})
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:32]
