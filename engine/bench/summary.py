"""What trials add up to: mean and spread of each arm, and its paired difference to a baseline with
an interval.

Trials with one seed share the problem's cases and every chooser's random stream, so arms are
compared seed by seed. The interval is Student's for the mean of the paired differences.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cladogen.bench.trial import Measured
from cladogen.problem import Metric

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences to the baseline (positive: better than it), and its confidence
    interval.
    """

    mean: float
    low: float
    high: float
    pairs: int


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One arm on one problem. Costs are means over the seeds; ``usd`` None means not (all of it)
    known.
    """

    problem: str
    arm: str
    seeds: int
    failed: int
    mean: float | None
    sd: float | None
    seed_program: float | None
    difference: Difference | None
    evaluations: float
    proposals: float
    tokens: float
    usd: float | None
    seconds: float


def rows(
    problem: str, objective: Metric, arms: Mapping[str, Mapping[int, Measured]], baseline: str
) -> tuple[ArmRow, ...]:
    """Return a row for each arm (label to seed to what was measured), the best first."""
    result = [
        _row(problem, objective, arm, by_seed, arms.get(baseline, {}))
        for arm, by_seed in arms.items()
    ]
    return tuple(
        sorted(result, key=lambda row: math.inf if row.mean is None else -objective.sign * row.mean)
    )


def _row(
    problem: str,
    objective: Metric,
    arm: str,
    by_seed: Mapping[int, Measured],
    baseline: Mapping[int, Measured],
) -> ArmRow:
    done = list(by_seed.values())
    values = _known(each.value for each in done)

    def mean(field: str) -> float:
        return _mean([getattr(each, field) for each in done]) or 0.0

    return ArmRow(
        problem,
        arm,
        seeds=len(values),
        failed=len(done) - len(values),
        mean=_mean(values),
        sd=_spread(values),
        seed_program=_mean(_known(each.seed_value for each in done)),
        difference=_against(objective, by_seed, baseline),
        evaluations=mean("evaluations"),
        proposals=mean("proposals"),
        tokens=mean("tokens"),
        usd=_dollars(done),
        seconds=mean("seconds"),
    )


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _spread(values: Sequence[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def _against(
    objective: Metric, arm: Mapping[int, Measured], baseline: Mapping[int, Measured]
) -> Difference | None:
    """Return the difference to the baseline, None for the baseline itself."""
    return None if arm is baseline else difference(paired(objective, arm, baseline))


def _dollars(done: Sequence[Measured]) -> float | None:
    """Return the mean cost, None when not all of it is known."""
    if any(each.unpriced for each in done):
        return None
    return _mean([each.usd for each in done]) or 0.0


def paired(
    objective: Metric, arm: Mapping[int, Measured], baseline: Mapping[int, Measured]
) -> list[float]:
    """Return arm minus baseline for each seed that both have a value for, turned so that positive
    is better.
    """
    pairs = [
        (arm[seed].value, baseline[seed].value) for seed in sorted(arm.keys() & baseline.keys())
    ]
    return [
        objective.sign * (mine - other)
        for mine, other in pairs
        if mine is not None and other is not None
    ]


def difference(values: Sequence[float]) -> Difference | None:
    """Return the mean with Student's interval; None without two pairs, which is what a spread
    takes.
    """
    if len(values) < 2:
        return None
    from scipy.special import stdtrit  # type: ignore[import-untyped]  # scipy.stats takes a second to import

    mean = statistics.fmean(values)
    reach = (
        float(stdtrit(len(values) - 1, 0.5 + CONFIDENCE / 2))
        * statistics.stdev(values)
        / math.sqrt(len(values))
    )
    return Difference(mean, mean - reach, mean + reach, len(values))


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
