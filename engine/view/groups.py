"""Programs of a run in groups: by clade, by island, by cell; which group leads, and how often each
was asked from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cladogen.view.cells import cells_of, names_of
from cladogen.view.program_row import ProgramRow
from cladogen.view.run_reader import RunReader

By = Literal["clade", "island", "cell"]
SEEDS = "seed programs"
NO_CELL = "no features"


@dataclass(frozen=True, slots=True)
class ProgramGroup:
    """Some programs. ``best`` is None without a scored one; ``asked`` counts the tasks for a child
    of one of them; ``steps`` are (program, fitness) of each that was the group's best so far.
    """

    name: str
    programs: int
    scored: int
    asked: int
    best: int | None
    fitness: float | None
    steps: tuple[tuple[int, float], ...]


def groups(run: RunReader, by: By) -> list[ProgramGroup]:
    """Return the groups, the best first; raises ConfigError for cells where there are no axes.

    A clade is what descends, by first parents, from one child of a seed program.
    """
    name_of = {"clade": _clades, "island": _islands, "cell": _cells}[by](run)
    asked = run.store.asked_from()
    found: dict[str, list[ProgramRow]] = {}
    for row in run.entries:
        found.setdefault(name_of(row), []).append(row)
    made = [_group(name, rows, asked) for name, rows in found.items()]
    return sorted(made, key=lambda each: (each.fitness is None, -(each.fitness or 0.0)))


def _group(name: str, rows: list[ProgramRow], asked: dict[int, int]) -> ProgramGroup:
    steps = tuple(_steps(rows))
    best, fitness = steps[-1] if steps else (None, None)
    scored = sum(not row.failed for row in rows)
    count = sum(asked.get(row.number, 0) for row in rows)
    return ProgramGroup(name, len(rows), scored, count, best, fitness, steps)


def _steps(rows: list[ProgramRow]) -> Iterator[tuple[int, float]]:
    best = -np.inf
    for row in rows:
        fitness = row.score.fitness
        if fitness is not None and fitness > best:
            best = fitness
            yield row.number, fitness


def _clades(run: RunReader) -> Callable[[ProgramRow], str]:
    names: dict[int, str] = {}
    for row in run.entries:
        parents = row.node.parents
        if not parents:
            names[row.number] = f"#{row.number}, a seed program"
        elif run.entries[parents[0]].node.parents:
            names[row.number] = names[parents[0]]
        else:
            names[row.number] = f"#{row.number} and what came of it"
    return lambda row: names[row.number]


def _islands(run: RunReader) -> Callable[[ProgramRow], str]:
    islands = run.store.islands()

    def name(row: ProgramRow) -> str:
        return f"island {islands.get(row.node.ticket, 0)}" if row.node.parents else SEEDS

    return name


def _cells(run: RunReader) -> Callable[[ProgramRow], str]:
    name = names_of(cells_of(run))
    return lambda row: name(row.score.features) if row.score.features else NO_CELL
