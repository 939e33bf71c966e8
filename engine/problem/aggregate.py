"""Aggregation: what the evaluations of one program add up to.

A case counts once, whatever its number of repeats; every case counts the same. One failed
evaluation fails the program: an objective averaged over the cases that happened to work would
reward failing on the hard ones.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.problem.values import Metric, ScoringRules

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
    counted = [evaluation for evaluation in evaluations if evaluation.status is not Status.INFRA]
    if not counted:
        feedback = evaluations[0].feedback if evaluations else "not evaluated"
        return Score(Status.INFRA, feedback=feedback)
    by_case = _by_case(counted)
    spoilt = next((row for row in evaluations if row.case not in by_case), None)
    utilities = {name: _utility(problem.objective, rows) for name, rows in by_case.items()}
    failed = next((row for row in counted if row.status is not Status.OK), None)
    if failed is not None:
        return Score(
            failed.status,
            utilities=utilities,
            signature=_signature(counted),
            feedback=failed.feedback,
        )
    if spoilt is not None:
        return Score(
            Status.INFRA,
            utilities=utilities,
            signature=_signature(counted),
            feedback=spoilt.feedback,
        )
    per_case = {name: _mean_metrics(rows) for name, rows in by_case.items()}
    metrics = _mean_of(list(per_case.values()))
    broken = _broken_constraint(problem, metrics)
    if broken:
        return Score(
            Status.INVALID,
            None,
            metrics,
            utilities=utilities,
            signature=_signature(counted),
            feedback=broken,
        )
    sign, name = problem.objective.sign, problem.objective.name
    return Score(
        Status.OK,
        sign * metrics[name],
        metrics,
        tuple(metric.sign * metrics[metric.name] for metric in problem.metrics),
        tuple(metrics[axis.metric] for axis in problem.axes),
        {case: sign * values[name] for case, values in per_case.items()},
        utilities,
        _signature(counted),
        "\n".join(dict.fromkeys(row.feedback for row in counted if row.feedback)),
    )


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
        value = metrics[bound.metric]
        if bound.low is not None and value < bound.low:
            return f"{bound.metric} = {value:g}, below its bound {bound.low:g}"
        if bound.high is not None and value > bound.high:
            return f"{bound.metric} = {value:g}, above its bound {bound.high:g}"
    return ""


def _signature(evaluations: Sequence[Evaluation]) -> str:
    """Name what a program did; "" where an evaluation that succeeded does not say what came out:
    programs without an output are not alike.
    """
    if any(row.status is Status.OK and not row.output for row in evaluations):
        return ""
    rows = sorted({f"{row.case} {row.seed} {row.status.value} {row.output}" for row in evaluations})
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:32]
