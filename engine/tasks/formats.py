"""The formats of tasks, by name: how each is recognised and read. A new one is one line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.tasks import exercism, harbor, own, swe_bench
from cladogen.tasks.task_folder import SPLITS, TaskFolder

DEEPEST = 4  # folders below the one that is named
Format = tuple[Callable[[Path], bool], Callable[[Path], TaskFolder]]
FORMATS: dict[str, Format] = {
    "Harbor": (harbor.recognised, harbor.read),
    "tasks": (own.recognised, own.read),
    "Terminal-Bench": (harbor.recognised_terminal_bench, harbor.read_terminal_bench),
    "Exercism": (exercism.recognised, exercism.read),
}


def format_of(place: Path) -> str:
    """Return the name of the format of a folder's tasks, "" where it holds none."""
    if swe_bench.recognised(place):
        return "SWE-bench"
    first = next(iter(_folders(place)), None)
    return "" if first is None else first[0]


def read_tasks(place: Path) -> list[TaskFolder]:
    """Return the tasks in a folder or below it, or of a file of rows, cheapest first; raises
    ProblemError where there is none, or two have one name.
    """
    if swe_bench.recognised(place):
        found = list(swe_bench.read(place))
    else:
        found = _distinct(place, [(FORMATS[name][1](at), at) for name, at in _folders(place)])
    if not found:
        raise ProblemError(f"{place}: no tasks here ({', '.join([*FORMATS, 'SWE-bench'])})")
    twice = _named_twice(found)
    if twice:
        raise ProblemError(f"{place}: two tasks are named {twice!r}")
    return sorted(found, key=lambda task: (task.time_s + task.test_time_s, task.name))


def _named_twice(tasks: Sequence[TaskFolder]) -> str:
    """Return the first name that two tasks have, "" for none."""
    names = [task.name for task in tasks]
    return next((name for name in names if names.count(name) > 1), "")


def _distinct(place: Path, read: list[tuple[TaskFolder, Path]]) -> list[TaskFolder]:
    """Return tasks, those of one name told apart by the first folder that they are below."""
    names = [task.name for task, _ in read]
    return [
        task
        if names.count(task.name) == 1
        else replace(task, name=f"{at.relative_to(place).parts[0]}-{task.name}")
        for task, at in read
    ]


def split_up(tasks: list[TaskFolder]) -> list[TaskFolder]:
    """Return tasks of which none is split yet, three of five to train on, one for validation, one
    sealed, in the order of their names; all to train on where they are fewer than five.
    """
    if len(tasks) < 5 or any(task.split != "train" for task in tasks):
        return tasks
    ranks = {name: rank for rank, name in enumerate(sorted(task.name for task in tasks))}
    places = {2: SPLITS[1], 4: SPLITS[2]}
    return [replace(task, split=places.get(ranks[task.name] % 5, "train")) for task in tasks]


def _folders(place: Path, depth: int = 0) -> list[tuple[str, Path]]:
    """Return the tasks at a folder or below it, with their formats."""
    if not place.is_dir():
        return []
    kind = _format_at(place)
    if kind:
        return [(kind, place)]
    if depth >= DEEPEST:
        return []
    return list(chain.from_iterable(_folders(each, depth + 1) for each in _folders_in(place)))


def _folders_in(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir() and path.name != ".git")


def _format_at(folder: Path) -> str:
    return next((name for name, (recognised, _) in FORMATS.items() if recognised(folder)), "")
