"""Do improvers get better at improving? What expansions gained, by the generation of the improver.

The generation of a program is how many edits lie between it and its seed program; its improver made
its children. A gain is the mean change of a child against its parent over the cases of both. The
answer is the slope of the gain over generations with its 95 % interval (least squares, Student):
children of one parent are not independent of one another, so the interval is rather too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cladogen.formatting import named, plural
from cladogen.proposers.regression import paired_change
from cladogen.proposers.self_improve import SelfImprove
from cladogen.view.run_reader import RunReader

FEWEST = 8  # expansions, of two generations at least, that a slope is taken of
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Generation:
    """What improvers of one generation gained: the mean over ``expansions`` children that could be
    compared, and half the width of its 95 % interval (None for one child).
    """

    generation: int
    expansions: int
    gain: float
    half: float | None


@dataclass(frozen=True, slots=True)
class ImproversReport:
    """Gains by generation, and the slope per generation with its interval (None: too little is
    known).
    """

    generations: tuple[Generation, ...]
    slope: float | None = None
    low: float | None = None
    high: float | None = None


def improvers_report(run: RunReader) -> ImproversReport:
    """Return what the improvers of a run gained; nothing where programs do not improve
    themselves.
    """
    return improvers_of(improver_gains(run))


def improver_gains(run: RunReader) -> list[tuple[int, float]]:
    """Return for each child that can be compared its improver's generation and what it gained."""
    pairs: list[tuple[int, float]] = []
    for row in run.entries:
        if row.operator == SelfImprove.operator and row.node.parents:
            parent = row.node.parents[0]
            change = paired_change(run.score(parent), run.score(row.number))
            if change is not None:
                pairs.append((len(run.descent(parent)) - 1, change))
    return pairs


def improvers_of(pairs: Sequence[tuple[int, float]]) -> ImproversReport:
    """Return the report of expansions, (generation, gain), of one run or of several."""
    depths = sorted({depth for depth, _ in pairs})
    listed = tuple(
        _generation(depth, [gain for at, gain in pairs if at == depth]) for depth in depths
    )
    if len(pairs) < FEWEST or len(depths) < 2:
        return ImproversReport(listed)
    return ImproversReport(listed, *_slope(pairs))


def _generation(depth: int, gains: Sequence[float]) -> Generation:
    count, mean = len(gains), math.fsum(gains) / len(gains)
    if count < 2:
        return Generation(depth, count, mean, None)
    spread = math.sqrt(math.fsum((gain - mean) ** 2 for gain in gains) / (count - 1))
    return Generation(depth, count, mean, _quantile(count - 1) * spread / math.sqrt(count))


def _slope(pairs: Sequence[tuple[int, float]]) -> tuple[float, float, float]:
    """Return the least-squares slope with the ends of its interval."""
    count = len(pairs)
    x_mean = math.fsum(depth for depth, _ in pairs) / count
    y_mean = math.fsum(gain for _, gain in pairs) / count
    spread = math.fsum((depth - x_mean) ** 2 for depth, _ in pairs)
    slope = math.fsum((depth - x_mean) * (gain - y_mean) for depth, gain in pairs) / spread
    rest = math.fsum((gain - y_mean - slope * (depth - x_mean)) ** 2 for depth, gain in pairs)
    half = _quantile(count - 2) * math.sqrt(rest / (count - 2) / spread)
    return slope, slope - half, slope + half


def _quantile(freedom: int) -> float:
    from scipy.special import stdtrit  # type: ignore[import-untyped]

    return float(stdtrit(freedom, 0.5 + LEVEL / 2))


def improvers_lines(report: ImproversReport) -> Iterator[str]:
    """Yield a line for each generation, and the answer."""
    if not report.generations:
        yield "no program here was made by its parent's own improver"
    for each in report.generations:
        half = "" if each.half is None else f" ± {each.half:.3g}"
        count = plural(each.expansions, "expansion")
        gain = f"gain {each.gain:+.3g}{half}, {count}"
        yield named("improver", f"generation {each.generation}: {gain}")
    if report.slope is None or report.low is None or report.high is None:
        if report.generations:
            yield named("improver", "too few children to say whether improvers get better")
        return
    interval = f"95 % interval {report.low:+.3g} to {report.high:+.3g}"
    slope = f"{report.slope:+.3g} a generation, {interval}"
    yield named("improver", f"{_answer(report.low, report.high)}: {slope}")


def _answer(low: float, high: float) -> str:
    if low > 0:
        return "improvers get better at improving"
    if high < 0:
        return "improvers get worse at improving"
    return "improvers are not seen to get better at improving"
