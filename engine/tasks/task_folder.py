"""A task: what a solver is told and finds, and what judges what it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cladogen.program import File

Files = Mapping[str, File]
Split = Literal["train", "validation", "sealed"]
SPLITS: tuple[Split, ...] = ("train", "validation", "sealed")


@dataclass(frozen=True, slots=True)
class TaskFolder:
    """One task. The solver finds ``statement`` and ``files``; ``tests`` are laid over what it left,
    then ``command`` runs there, in another sandbox.

    ``reward`` is a file that the tests write, a number from 0 to 1 or a JSON object with one; where
    it is "", ``passing`` names tests that must pass by pytest's summary; where that is empty, the
    command's exit status decides. ``solution`` are the files of a reference solution, as they would
    be left, ``solve`` a command that makes them. ``prepare`` is a shell script that makes more of
    the files before anybody sees them, run once and without a network, "" where there is none.
    ``packages`` are of Python, which the task's image has. Times in seconds, memory in MiB.
    """

    name: str
    statement: str
    files: Files
    tests: Files
    command: tuple[str, ...]
    reward: str = ""
    passing: tuple[str, ...] = ()
    solution: Files = field(default_factory=dict)
    solve: tuple[str, ...] = ()
    split: Split = "train"
    time_s: float = 300.0
    test_time_s: float = 120.0
    memory_mb: int = 1024
    prepare: str = ""
    packages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def has_solution(self) -> bool:
        return bool(self.solution or self.solve)


def split_counts(splits: Sequence[str]) -> str:
    """Return how many tasks are in each split, in words."""
    return ", ".join(f"{splits.count(name)} {name}" for name in dict.fromkeys(splits))
