"""The best so far of some runs as an SVG picture: a step for each program that was better."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from cladogen.formatting import number, one_line
from cladogen.view.followed import FollowedRun, Step
from cladogen.view.reports.run import own_value

AGAINST = ("proposals", "evaluations", "seconds", "tokens", "dollars")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 80, 20, 44, 52
LETTER = 7  # how wide a letter is at most, in most fonts
# Okabe and Ito's colours, told apart with every kind of colour vision.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
STYLE = "font-family='system-ui, sans-serif' font-size='12' fill='#444'"
Place = Callable[[tuple[float, float]], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class CurveLine:
    """A run's best so far: (spent, value) of each better program, and the end of the run.

    ``band`` are (spent, least, most) where it stands for several runs.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    band: tuple[tuple[float, float, float], ...] = ()


def line_of(run: FollowedRun, against: str = "proposals") -> CurveLine:
    """Return the curve of a run, in the objective's own sign."""
    metric = run.reader.problem.objective
    first = run.steps[0].at if run.steps else 0.0
    points = [
        (_spent(step, against, first), own_value(metric, step.fitness) or 0.0) for step in run.steps
    ]
    if points:
        points.append((max(_end(run, against), points[-1][0]), points[-1][1]))
    return CurveLine(run.folder.resolve().name, tuple(points))


def svg(lines: Sequence[CurveLine], title: str, across: str) -> str:
    """Return a picture of curves; an empty one says that there is nothing to draw."""
    known = [line for line in lines if line.points]
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' role='img'>",
        f"<title>{_text(title)}</title><rect width='100%' height='100%' fill='#fff'/>",
        f"<text x='{LEFT}' y='20' {STYLE}>{_text(title)}</text>",
        f"<text x='{(LEFT + WIDTH - RIGHT) / 2}' y='{HEIGHT - 10}' text-anchor='middle' {STYLE}>"
        f"{_text(across)}</text>",
    ]
    if known:
        parts += _drawn(known)
    else:
        parts.append(f"<text x='{LEFT}' y='{HEIGHT / 2}' {STYLE}>no program has a score</text>")
    return "\n".join([*parts, "</svg>\n"])


def _drawn(lines: Sequence[CurveLine]) -> list[str]:
    right, low, span = _extent(lines)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * point[0] / right
        y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (point[1] - low) / span
        return round(x, 1), round(y, 1)

    parts: list[str] = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts += _tick(share, right, low, span, at)
    apart = (WIDTH - LEFT - RIGHT) // len(lines)
    for index, line in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        parts += [*_curve(line, colour, at), _label(line.name, colour, LEFT + apart * index, apart)]
    return parts


def _extent(lines: Sequence[CurveLine]) -> tuple[float, float, float]:
    """Return where the axis across ends, and the lowest value and the height of the one upwards."""
    across: list[float] = []
    values: list[float] = []
    for line in lines:
        for x, *upwards in (*line.points, *line.band):
            across.append(x)
            values += upwards
    low, high = min(values), max(values)
    return max(across) or 1.0, low, (high - low) or abs(high) or 1.0


def _curve(line: CurveLine, colour: str, at: Place) -> Iterator[str]:
    if line.band:
        corners = " ".join(f"{x},{y}" for x, y in map(at, _around(line)))
        yield f"<polygon points='{corners}' fill='{colour}' fill-opacity='0.18'/>"
    yield f"<path d='{_path(line, at)}' fill='none' stroke='{colour}' stroke-width='2'/>"


def _label(name: str, colour: str, x: int, width: int) -> str:
    return (
        f"<text x='{x}' y='36' {STYLE.replace('#444', colour)}>"
        f"{_text(one_line(name, max(10, width // LETTER)))}</text>"
    )


def _around(line: CurveLine) -> list[tuple[float, float]]:
    """Return the corners of a line's band: along its top, and back along its bottom."""
    top = _stairs([(x, high) for x, _, high in line.band])
    return top + _stairs([(x, low) for x, low, _ in line.band])[::-1]


def _stairs(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    corners = points[:1]
    for x, y in points[1:]:
        corners += [(x, corners[-1][1]), (x, y)]
    return corners


def _tick(share: float, right: float, low: float, span: float, at: Place) -> tuple[str, ...]:
    value, spent = number(low + share * span, 5), number(share * right, 3)
    x, y = at((share * right, low + share * span))
    return (
        f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y}' y2='{y}' stroke='#e3e3df'/>",
        f"<text x='{LEFT - 8}' y='{y + 4}' text-anchor='end' {STYLE}>{value}</text>",
        f"<text x='{x}' y='{HEIGHT - BOTTOM + 18}' text-anchor='middle' {STYLE}>{spent}</text>",
    )


def _path(line: CurveLine, at: Place) -> str:
    (x, y), *rest = map(at, line.points)
    return f"M{x},{y}" + "".join(f"H{across}V{up}" for across, up in rest)


def _spent(step: Step, against: str, first: float) -> float:
    if against == "seconds":
        return step.at - first
    return float(getattr(step, "usd" if against == "dollars" else against))


def _end(run: FollowedRun, against: str) -> float:
    found = {
        "proposals": run.proposals, "evaluations": run.evaluations, "tokens": run.tokens,
        "seconds": run.came[-1].at - run.steps[0].at, "dollars": run.recorded_costs[0],
    }  # fmt: skip
    return float(found[against])


def _text(text: str) -> str:
    return escape(one_line(text))
