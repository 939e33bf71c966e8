"""What of a value is its computation's rounding, and no difference between programs.

The last bits of a float depend on the order of a sum, so that a program which changed nothing may
gain one of them. Scores are rounded here, once, before anybody compares them: whatever ranks,
announces, credits or waits for a better program compares what is left. Metrics stay as measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from cladogen.problem.values import Metric

DIGITS = 11  # significant ones in which values must differ
SHARE = 13  # decimals of a share of the metric's range, where it has one


def settled(metric: Metric, value: float) -> float:
    """Return a metric's value without its rounding noise; a whole number is as it is."""
    if not math.isfinite(value) or value % 1 == 0:
        return value
    if metric.low is not None and metric.high is not None and metric.low < metric.high:
        value = round(value, SHARE - math.floor(math.log10(metric.high - metric.low)))
    return float(f"{value:.{DIGITS - 1}e}")


def settled_mean(metric: Metric, mean: float, values: Iterable[float]) -> float:
    """Return a mean without its rounding noise; that of whole numbers has none."""
    return mean if all(value % 1 == 0 for value in values) else settled(metric, mean)
