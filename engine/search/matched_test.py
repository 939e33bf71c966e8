"""What ships: a short list on held-out cases, each program matched with the seed case by case,
tested exactly.

The test is one-sided (better than the seed) and exact: McNemar's binomial test where every value is
0 or 1; up to 40 pairs the sign-flip permutation test of the mean difference, over all 2^n flips;
beyond that Wilcoxon's signed-rank test with its exact distribution given the ties. Several programs
are tested in the order that training gave them, each only while those before it were significant
(fixed-sequence testing, Maurer, Hothorn and Lehmacher 1995), so the whole list keeps one error rate
and a few cases are enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cladogen.evaluation import Evaluation, Status
from cladogen.final import Choice, Comparison
from cladogen.problem import Metric

_NOT_MEASURED = "has no held-out result"
_FLIPS = 40  # pairs up to which all sign flips are counted, half by half
ALPHA = 0.05


def choose(
    objective: Metric,
    heldout: Mapping[int, Sequence[Evaluation]],
    seed: Sequence[Evaluation],
    alpha: float = ALPHA,
) -> Choice:
    """Choose among the programs of ``heldout`` (number to its held-out evaluations) by matched
    tests against ``seed``.

    The best of those significantly better ships. Failing that, the sentence says "no significant
    improvement", and what ships is the first of ``heldout``, the best in training, where it gained
    anything, else the seed. A program that fails on a held-out case cannot ship. A case the seed
    fails on counts as a win as large as the largest difference seen.
    """
    repeats = len({row.case for row in seed}) == 1
    base = _values(objective, seed, repeats)
    measured = {number: _values(objective, rows, repeats) for number, rows in heldout.items()}
    rows = [_trial(objective, number, values, base) for number, values in measured.items()]
    trials = _adjusted(rows)
    sound = [trial for trial in trials if not trial.failed]
    seed_mean = None if None in base.values() or not base else objective.sign * _mean(base)
    best, significant = _best_of(sound, alpha)
    if best is None or not best.gain > 0:
        return Choice(0, False, _nothing(trials, sound), seed_mean, trials)
    sentence = _sentence(objective, best, seed_mean, alpha)
    return Choice(best.number, significant, sentence, seed_mean, trials)


def _best_of(sound: Sequence[Comparison], alpha: float) -> tuple[Comparison | None, bool]:
    """Return the one with the largest significant gain, and True; else the first, and False."""
    better = [trial for trial in sound if trial.p_adjusted <= alpha and trial.gain > 0]
    if better:
        return max(better, key=lambda trial: trial.gain), True
    return next(iter(sound), None), False


def _values(
    objective: Metric, rows: Sequence[Evaluation], repeats: bool
) -> dict[str, float | None]:
    """Per case (or per repeat of the only case): the objective turned so that higher is better;
    None: failed.
    """
    rows = [row for row in rows if row.status is not Status.INFRA]
    groups: dict[str, list[float | None]] = {}
    for row in rows:
        value = objective.sign * row.metrics[objective.name] if row.status is Status.OK else None
        groups.setdefault(f"{row.case} with seed {row.seed}" if repeats else row.case, []).append(
            value
        )
    values: dict[str, float | None] = {}
    for key, group in groups.items():
        found = [value for value in group if value is not None]
        values[key] = sum(found) / len(found) if len(found) == len(group) else None
    return values


def _mean(values: Mapping[str, float | None]) -> float:
    found = [value for value in values.values() if value is not None]
    return sum(found) / len(found)


def _trial(
    objective: Metric,
    number: int,
    values: Mapping[str, float | None],
    base: Mapping[str, float | None],
) -> Comparison:
    broken = [case for case, value in values.items() if value is None]
    if broken or not values:
        why = f"fails on held-out {broken[0]}" if broken else _NOT_MEASURED
        return Comparison(number, None, 0.0, 0, 0, 0, "", 1.0, 1.0, why)
    differences, binary = _differences(values, base)
    test, p = matched_test(np.array(differences), binary)
    wins, losses = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    gain = sum(differences) / len(differences) if differences else 0.0
    return Comparison(
        number, objective.sign * _mean(values), gain, wins, losses, len(differences), test, p, p
    )


def _differences(
    values: Mapping[str, float | None], base: Mapping[str, float | None]
) -> tuple[list[float], bool]:
    """Return the differences to the seed's values, the largest for each case that the seed fails
    on; and whether all values are 0 or 1.
    """
    known: list[tuple[float, float]] = []
    failed_by_seed = 0
    for case, value in values.items():
        if value is None or case not in base:
            continue
        seed = base[case]
        if seed is None:
            failed_by_seed += 1
        else:
            known.append((value, seed))
    differences = [value - seed for value, seed in known]
    largest = max(map(abs, differences), default=0.0) or 1.0
    differences += [largest] * failed_by_seed
    every = {value for pair in known for value in pair}
    return differences, not failed_by_seed and every <= {0.0, 1.0, -1.0}


def matched_test(differences: NDArray[np.float64], binary: bool) -> tuple[str, float]:
    """Return the name of the test and its one-sided p-value that the differences tend to be
    positive.
    """
    moved = differences[differences != 0]
    if not len(moved):
        return "no difference", 1.0
    if binary:
        return "exact McNemar", _binomial_tail(len(moved), int(np.sum(moved > 0)))
    if len(moved) <= _FLIPS:
        return "exact sign-flip", _sign_flip(np.abs(moved), float(moved.sum()))
    return "exact signed-rank", _signed_rank(moved)


def _binomial_tail(trials: int, wins: int) -> float:
    return float(sum(math.comb(trials, k) for k in range(wins, trials + 1)) / 2**trials)


def _sign_flip(sizes: NDArray[np.float64], observed: float) -> float:
    """Return the share of all sign assignments whose sum is at least the observed one."""
    left, right = _all_sums(sizes[::2]), np.sort(_all_sums(sizes[1::2]))
    slack = 1e-12 * float(sizes.sum())  # sums that are equal but for rounding count as equal
    reach = len(right) - np.searchsorted(right, observed - slack - left, side="left")
    return float(reach.sum() / (len(left) * len(right)))


def _all_sums(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def _signed_rank(moved: NDArray[np.float64]) -> float:
    """Return the exact tail of the signed-rank sum: its distribution, one rank after the other,
    ranks doubled for ties.
    """
    _, level, count = np.unique(np.abs(moved), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    doubled = (2 * last - count + 1)[level.reshape(-1)]
    chances = np.zeros(int(doubled.sum()) + 1)
    chances[0] = 1.0
    for rank in doubled:
        shifted = np.zeros_like(chances)
        shifted[rank:] = chances[: len(chances) - rank]
        chances = 0.5 * (chances + shifted)
    return float(min(1.0, chances[int(doubled[moved > 0].sum()) :].sum()))


def _adjusted(trials: list[Comparison]) -> tuple[Comparison, ...]:
    adjusted, floor = [], 0.0
    for trial in trials:
        floor = floor if trial.failed else max(floor, trial.p)  # what cannot ship is not tested
        adjusted.append(1.0 if trial.failed else floor)
    return tuple(
        Comparison(t.number, t.mean, t.gain, t.wins, t.losses, t.pairs, t.test, t.p, p, t.failed)
        for t, p in zip(trials, adjusted, strict=True)
    )


def _nothing(trials: Sequence[Comparison], sound: Sequence[Comparison]) -> str:
    if not trials:
        return "no significant improvement: no program was short-listed; the seed ships"
    if all(trial.failed == _NOT_MEASURED for trial in trials):
        return (
            "no significant improvement is shown: the held-out cases could not be run; "
            "continue the run to decide"
        )
    if not sound:
        return (
            "no significant improvement: every short-listed program failed "
            f"(#{trials[0].number} {trials[0].failed})"
        )
    return (
        f"no significant improvement: #{sound[0].number}, the best in training of "
        f"{len(sound)} short-listed, does no better than the seed; the seed ships"
    )


def _sentence(objective: Metric, best: Comparison, seed_mean: float | None, alpha: float) -> str:
    unit = f" {objective.unit}" if objective.unit else ""
    against = "a seed that fails" if seed_mean is None else f"the seed's {seed_mean:.6g}"
    facts = (
        f"#{best.number} has {objective.name} {best.mean:.6g}{unit} against {against} on "
        f"{best.pairs} held-out "
        f"case{'s' * (best.pairs != 1)}, better on {best.wins} and worse on {best.losses} "
        f"({best.test}, p = {best.p:.2g}, {best.p_adjusted:.2g} for the whole list)"
    )
    if best.p_adjusted <= alpha:
        return facts
    few = 0.5**best.pairs > alpha
    too_few = "; too few held-out cases to show one" if few else ""
    return f"no significant improvement, the best in training ships: {facts}{too_few}"
