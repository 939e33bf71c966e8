"""Evaluate the returned expression on fresh points, inside and outside the range of the training
data.
"""

from itertools import combinations

import numpy as np
from expression import evaluate, tokens
from systems import SYSTEMS, law, sample

from cladogen.scoring import Case, Invalid, Scored

NOISE = {"quiet": 0.01, "loud": 0.1}  # of the targets' standard deviation
FRESH = 2000
WORST = 3.0  # log10; an expression that is farther off counts as this
WEIGHTS = 8  # of a law of seven terms and a constant
PARTS = 6  # of a variable's range, of which is said what is left


def cases(parameters):
    """Return two training and two held-out cases, with little and much noise."""
    system = parameters["system"]
    if system not in SYSTEMS:
        raise ValueError(f"system = {system!r} is not one of {', '.join(SYSTEMS)}")
    rng = np.random.default_rng([parameters.get("seed", 0), 0x737972])
    return [
        draw(f"{split}-{noise}", split, system, parameters["points"], share, rng)
        for split in ("train", "heldout")
        for noise, share in NOISE.items()
    ]


def draw(name, split, system, count, noise, rng):
    """Return a case: noisy measurements to see, fresh exact points to be judged on."""
    columns = sample(system, count, rng)
    right = law(system, columns)
    seen = {
        "variables": list(columns),
        "inputs": np.column_stack(list(columns.values())),
        "targets": right + noise * right.std() * rng.normal(size=count),
    }
    inside, outside = sample(system, FRESH, rng), sample(system, FRESH, rng, outside=True)
    answer = [(inside, law(system, inside)), (outside, law(system, outside)), noise]
    return Case(name, seen, split, answer)


def score(case, output):
    """Return the errors inside and outside; a held-out case counts both."""
    symbols = tokens(output)
    (inside, right), (outside, right_outside), noise = case.answer
    error = log_error(evaluate(output, inside), right)
    try:
        error_out = log_error(evaluate(output, outside), right_outside)
    except Invalid:
        error_out = WORST
    judged = error if case.split == "train" else (error + error_out) / 2
    metrics = {"error": judged, "error_out": error_out, "size": float(len(symbols))}
    return Scored(
        metrics,
        f"inside {error:.2f}, outside {error_out:.2f} (log10 of the normalised squared error)"
        f"{left(case, output, error, noise)}",
    )


def left(case, expression, error, noise):
    """Say how near the noise of the measurements lets an expression come, and what is left of them
    along each variable while that is more than noise.
    """
    count = len(case.input["targets"])
    floor = float(np.log10(noise**2 * WEIGHTS / count))
    said = (
        f"; the noise, {noise:g} of the spread, lets a law of {WEIGHTS} weights come to {floor:.1f}"
    )
    columns = dict(zip(case.input["variables"], case.input["inputs"].T, strict=True))
    try:
        away = case.input["targets"] - evaluate(expression, columns)
    except Invalid:
        return said
    away = away / case.input["targets"].std()
    if error < floor + 0.5 or away.std() < 1.02 * noise:
        return said
    parts = [f"{name} {along(columns[name], away)}" for name in columns]
    parts += [
        f"{one}*{other} {along(columns[one] * columns[other], away)}"
        for one, other in combinations(columns, 2)
    ]
    return (
        f"{said}; measured minus returned, in 1/100 of the spread, {PARTS} means from the least "
        f"to the largest value of: {', '.join(parts)}"
    )


def along(values, away):
    """Return what is left in equal shares of the points, along a quantity."""
    shares = np.array_split(away[np.argsort(values)], PARTS)
    return " ".join(f"{100 * share.mean():+.0f}" for share in shares)


def log_error(values, right):
    """Return log10 of the mean squared error over the variance."""
    with np.errstate(over="ignore"):
        error = float(np.mean((values - right) ** 2) / np.var(right))
    return float(np.clip(np.log10(max(error, 1e-16)), -16.0, WORST))
