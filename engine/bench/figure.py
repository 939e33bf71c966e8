"""The figure of a comparison, an SVG drawn by hand: best so far against evaluations, a line and a
band for each arm.

The line is the mean over the seeds, the band its standard error to both sides. A run that has not
made its first choice yet, or has ended, counts with its nearest value.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from cladogen.bench.trial import Measured

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 40, 48
STEPS = 60
# Okabe and Ito's colours, told apart with every kind of colour vision; further arms are dashed.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES = ("", "6 3", "2 3")


@dataclass(frozen=True, slots=True)
class Curve:
    """One arm: at each position on the axis the mean and the standard error."""

    arm: str
    mean: tuple[float, ...]
    error: tuple[float, ...]

    @property
    def over(self) -> list[float]:
        return [mean + error for mean, error in zip(self.mean, self.error, strict=True)]

    @property
    def under(self) -> list[float]:
        return [mean - error for mean, error in zip(self.mean, self.error, strict=True)]


@dataclass(frozen=True, slots=True)
class Scale:
    """From a value to a position on the page."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return about five round values."""
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
        first = math.ceil(self.low / step - 1e-9)
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def figure(title: str, metric: str, arms: Mapping[str, Sequence[Measured]]) -> str:
    """Return the SVG, arms in the order given; "" when no arm has a curve."""
    curves = _curves(arms)
    if not curves:
        return ""
    end = max(curve[-1][0] for some in curves.values() for curve in some)
    positions = [end * (step + 1) / STEPS for step in range(STEPS)]
    lines = [_line(arm, some, positions) for arm, some in curves.items()]
    across, up = Scale(0, end, LEFT, WIDTH - RIGHT), _upwards(lines)
    parts = [_frame(title, metric, across, up)]
    parts += [_drawn(line, number, positions, across, up) for number, line in enumerate(lines)]
    parts += [_legend(line, number) for number, line in enumerate(lines)]
    return "\n".join([_open(title), *parts, "</svg>", ""])


def _curves(
    arms: Mapping[str, Sequence[Measured]],
) -> dict[str, list[tuple[tuple[int, float], ...]]]:
    """Return the curves of each arm that has one."""
    curves = {arm: [each.curve for each in done if each.curve] for arm, done in arms.items()}
    return {arm: some for arm, some in curves.items() if some}


def _line(
    arm: str, curves: Sequence[Sequence[tuple[int, float]]], positions: Sequence[float]
) -> Curve:
    columns = [[_value(curve, position) for curve in curves] for position in positions]
    means = tuple(map(statistics.fmean, columns))
    return Curve(arm, means, tuple(map(_error, columns)))


def _error(column: Sequence[float]) -> float:
    """Return the standard error of a mean."""
    return statistics.stdev(column) / math.sqrt(len(column)) if len(column) > 1 else 0.0


def _value(curve: Sequence[tuple[int, float]], position: float) -> float:
    reached = [value for used, value in curve if used <= position]
    return reached[-1] if reached else curve[0][1]


def _upwards(lines: Sequence[Curve]) -> Scale:
    low = min(value for line in lines for value in line.under)
    high = max(value for line in lines for value in line.over)
    margin = 0.05 * (high - low) or abs(high) * 0.05 or 1.0
    return Scale(low - margin, high + margin, HEIGHT - BOTTOM, TOP)


def _open(title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" '
        f'font-size="12" role="img"><title>{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    )


def _frame(title: str, metric: str, across: Scale, up: Scale) -> str:
    left, right, bottom = across.start, across.end, up.start
    parts = [f'<text x="{left}" y="22" font-size="14">{escape(title)}</text>']
    for value in up.ticks():
        y = up.at(value)
        parts.append(f'<path d="M{left} {y:.1f}H{right}" stroke="#e0e0e0"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.6g}</text>')
    for value in across.ticks():
        x = across.at(value)
        parts.append(f'<path d="M{x:.1f} {bottom}v4" stroke="#404040"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{value:.6g}</text>')
    parts.append(f'<path d="M{left} {TOP}V{bottom}H{right}" fill="none" stroke="#404040"/>')
    parts.append(
        f'<text x="{(left + right) / 2}" y="{HEIGHT - 10}" text-anchor="middle">evaluations</text>'
    )
    middle = (TOP + bottom) / 2
    turned = f'transform="rotate(-90 16 {middle})"'
    parts.append(f'<text x="16" y="{middle}" text-anchor="middle" {turned}>{escape(metric)}</text>')
    return "\n".join(parts)


def _drawn(line: Curve, number: int, positions: Sequence[float], across: Scale, up: Scale) -> str:
    xs = list(map(across.at, positions))
    middle = _points(xs, list(map(up.at, line.mean)))
    over, under = map(up.at, line.over), reversed(list(map(up.at, line.under)))
    band = _points([*xs, *reversed(xs)], [*over, *under])
    colour, dash = _look(number)
    return (
        f'<polygon points="{band}" fill="{colour}" fill-opacity="0.15"/>\n'
        f'<polyline points="{middle}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{dash}"/>'
    )


def _legend(line: Curve, number: int) -> str:
    x, y = WIDTH - RIGHT + 14, TOP + 6 + 18 * number
    colour, dash = _look(number)
    return (
        f'<path d="M{x} {y}h22" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        f'<text x="{x + 28}" y="{y + 4}">{escape(line.arm)}</text>'
    )


def _look(number: int) -> tuple[str, str]:
    return COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)] or "none"


def _points(xs: Sequence[float], ys: Sequence[float]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
