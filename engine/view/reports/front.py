"""A Pareto front as people read it: its programs, and which of them each case would miss."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cladogen.formatting import number, plural
from cladogen.view.fronts import Front, Over

MOST_NAMED = 4  # programs that a line names


@dataclass(frozen=True, slots=True)
class InFront:
    """A program of a front, with its own value of each name, None where it has none; ``same``
    counts other programs with the very same values, ``asked`` the tasks for a child of it.
    """

    program: int
    values: tuple[float | None, ...]
    fitness: float
    held: int
    same: int
    asked: int


@dataclass(frozen=True, slots=True)
class OnCase:
    """The best value on one case, and all programs that reach it."""

    case: str
    best: float
    programs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FrontReport:
    """The programs of a front, those of most fronts first; ``cases`` is empty over objectives."""

    over: Over
    names: tuple[str, ...]
    directions: tuple[str, ...]
    scored: int
    programs: tuple[InFront, ...]
    cases: tuple[OnCase, ...]


def front_report(front: Front, asked: Callable[[int], int]) -> FrontReport:
    """Return what is known of a front; ``asked`` counts the tasks that began with a program."""
    programs = []
    for row, same in front.members():
        program, values = int(front.numbers[row]), front.values[row].tolist()
        own = tuple(None if math.isnan(value) else value for value in values)
        programs.append(
            InFront(
                program,
                own,
                float(front.fitness[row]),
                int(front.held[row]),
                same,
                asked(program),
            )
        )
    directions = tuple("maximize" if sign > 0 else "minimize" for sign in front.signs)
    return FrontReport(
        front.over, front.names, directions, len(front.numbers), tuple(programs), _cases(front)
    )


def _cases(front: Front) -> tuple[OnCase, ...]:
    if front.over == "objectives" or not len(front.numbers):
        return ()
    found = []
    for at, name in enumerate(front.names):
        best, programs = front.best_on(at)
        found.append(OnCase(name, best, tuple(programs.tolist())))
    return tuple(found)


def objectives_table(report: FrontReport) -> list[tuple[str, ...]]:
    """Return the programs that no other dominates, with their objectives."""
    head = ("program", *report.names, "same values", "asked from")
    rows = [
        (
            f"#{each.program}",
            *map(number, each.values),
            str(each.same),
            str(each.asked),
        )
        for each in report.programs
    ]
    return [head, *rows]


def survivors_table(report: FrontReport, sign: float, metric: str) -> list[tuple[str, ...]]:
    """Return the programs that together are best on every case; ``sign`` turns fitness into the
    metric's own value.
    """
    head = ("program", "best on", metric, "same values", "asked from")
    rows = [
        (
            f"#{each.program}",
            plural(each.held, "case"),
            number(sign * each.fitness),
            str(each.same),
            str(each.asked),
        )
        for each in report.programs
    ]
    return [head, *rows]


def cases_table(report: FrontReport) -> list[tuple[str, ...]]:
    """Return what is reached on each case and by which programs."""
    rows = [(each.case, number(each.best), named(each.programs)) for each in report.cases]
    return [("case", "best", "reached by"), *rows]


def named(programs: tuple[int, ...]) -> str:
    """Return the first programs of a list, and how many there are besides."""
    text = " ".join(f"#{program}" for program in programs[:MOST_NAMED])
    left = len(programs) - MOST_NAMED
    return f"{text} +{left}" if left > 0 else text


def said(report: FrontReport) -> str:
    """Return what the front is of, in one line."""
    scored = plural(report.scored, "scored program")
    if report.over == "cases":
        many = plural(len(report.programs), "program")
        return f"the best of {plural(len(report.names), 'case')}: {many} of {scored}"
    pairs = zip(report.names, report.directions, strict=True)
    words = ", ".join(f"{'more' if way == 'maximize' else 'less'} {name}" for name, way in pairs)
    points = plural(len(report.programs), "point")
    return f"{points} of {scored} that none dominates; better is: {words}"
