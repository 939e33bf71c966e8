"""A run as read from its folder, also while it goes on: the one reader behind every view.

Opened read-only and built from few columns, so that looking at ten thousand programs takes well
under a second. What it knows is read when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from cladogen.evaluation import Evaluation, Score, noise
from cladogen.git.heads import ELITES, heads
from cladogen.problem import Problem, load
from cladogen.program import Program
from cladogen.proposal import Outcome
from cladogen.record.changes import Position
from cladogen.record.lock import locked
from cladogen.record.store import Store
from cladogen.settings import Settings
from cladogen.view import archive_choice, names
from cladogen.view.program_row import UNSCORED, ProgramRow, read_programs
from cladogen.view.result_row import ResultRow, read_results

# What may be different when a run went on.
CHANGING = frozenset(
    ("running", "ending", "final", "flags", "_last_program_at", "_last_result_at", "size", "noise",
     "ranking", "best", "elites", "children", "commits")
)  # fmt: skip


class RunReader:
    """Everything a person may ask of one run. ``warn`` takes what to know of the answers."""

    def __init__(self, folder: Path, *, warn: Callable[[str], None] = lambda text: None) -> None:
        self.folder = folder
        self.warn = warn
        self.store = Store.open(folder)
        self.meta = self.store.meta()
        self._seen = Position()  # how far the programs are read

    def refresh(self) -> set[int]:
        """Read what was recorded since the programs were read; return the programs that changed.

        What costs the time of a whole reading is then read no second time.
        """
        if "entries" not in self.__dict__:
            return set(range(len(self.entries)))
        newest = self.store.newest()
        changed = self.store.changed_programs(self._seen)
        self._seen = newest
        for name in CHANGING.intersection(self.__dict__):
            del self.__dict__[name]
        if changed:
            self._read_again(changed)
        return changed

    def _read_again(self, numbers: set[int]) -> None:
        scores = {number: self._rescored(number) for number in numbers}
        for row in read_programs(self.store, scores, sorted(numbers)):
            if row.number < len(self.entries):
                self.entries[row.number] = row
            else:
                self.entries.append(row)

    def _rescored(self, number: int) -> Score:
        rows = self.evaluations("train", number).get(number)
        return self._score(rows) if rows else UNSCORED

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> RunReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it is about, and how it ended

    @cached_property
    def settings(self) -> Settings:
        return Settings.from_json(self.meta["settings"])

    @cached_property
    def problem(self) -> Problem:
        """The problem as it was when the run began, without its seed programs."""
        return load(self.folder / "problem", self.settings.variant, seeds=False)

    @cached_property
    def running(self) -> bool:
        """Whether somebody is writing to the run now."""
        return locked(self.folder)

    @cached_property
    def ending(self) -> str:
        """Why the run ended, "running", or "stopped" when it was killed."""
        if self.running:
            return "running"
        end = self._latest("end")
        return "stopped" if end is None else str(end["kind"])

    @cached_property
    def final(self) -> dict[str, Any] | None:
        """The final choice, unless programs came after it: number, sentence, shortlist."""
        return self._latest("final")

    @cached_property
    def flags(self) -> list[str]:
        """Differences that were flagged."""
        return [str(event.body["text"]) for event in self.store.events("flag")]

    def _latest(self, kind: str, since: float | None = None) -> dict[str, Any] | None:
        """Return the last event of a kind, None when it is older than the last program."""
        since = self._last_program_at if since is None else since
        events = self.store.events(kind)
        return events[-1].body if events and events[-1].at >= since else None

    @cached_property
    def _last_program_at(self) -> float:
        return self.store.last_result_at(Outcome.ACCEPTED)

    @cached_property
    def _last_result_at(self) -> float:
        return self.store.last_result_at()

    # -- programs

    @cached_property
    def size(self) -> int:
        """How many programs there are; numbers run from 0 to size - 1."""
        return self.store.program_count()

    @cached_property
    def entries(self) -> list[ProgramRow]:
        """Every program, by number."""
        self._seen = self.store.newest()
        rows = self.evaluations("train")
        return read_programs(self.store, {number: self._score(rows[number]) for number in rows})

    def _score(self, rows: Sequence[Evaluation]) -> Score:
        return self.problem.score(rows)

    def evaluations(
        self, split: str = "train", number: int | None = None
    ) -> dict[int, list[Evaluation]]:
        """Return evaluations by program, with what a score needs of them."""
        found: dict[int, list[Evaluation]] = {}
        for program, evaluation in self.store.brief_evaluations(split, number):
            found.setdefault(program, []).append(evaluation)
        return found

    def score(self, number: int) -> Score:
        """Return one program's training score, without reading the others'."""
        if "entries" in self.__dict__:
            return self.entries[number].score
        return self._rescored(number)

    def heldout(self, number: int) -> Score | None:
        """Return a program's held-out score, None when it was not measured there."""
        rows = self.evaluations("heldout", number).get(number)
        return self._score(rows) if rows else None

    def fitness(self, number: int | None) -> float | None:
        """Return a program's training fitness, None where there is none."""
        if number is None or number >= len(self.entries):
            return None
        return self.entries[number].score.fitness

    @cached_property
    def noise(self) -> float:
        """The standard deviation of the seed program's fitness over its repeated measurements."""
        rows = self.evaluations("train", 0).get(0, [])
        return noise(rows, lambda some: self.problem.score(some).fitness)

    def program(self, number: int) -> Program:
        return self.store.program(number)

    def results(self, ticket: int | None = None, *, after: int = -1) -> Iterator[ResultRow]:
        """Yield what came of every task after a row, or of one task, oldest first."""
        return read_results(self.store, ticket, after=after)

    # -- what is best

    @cached_property
    def ranking(self) -> list[int]:
        """The numbers of all programs that have a score, best first."""
        scored = [(entry.score.fitness, entry.number) for entry in self.entries]
        ranked = [(-fitness, number) for fitness, number in scored if fitness is not None]
        return [number for _, number in sorted(ranked)]

    @cached_property
    def best(self) -> int | None:
        """The best by training score, or by the archive's own rule if it measures case by case."""
        end = self._latest("end", self._last_result_at) or {}
        if "best" in end:
            return None if end["best"] is None else int(end["best"])
        return next(iter(archive_choice.shortlist(self, ELITES) or self.ranking), None)

    @property
    def ships(self) -> int | None:
        """What the final choice names, None while there is none."""
        return None if self.final is None else int(self.final["number"])

    @property
    def chosen(self) -> int:
        """What a command takes when no program is named: what ships, else the best."""
        return names.chosen(self)

    @cached_property
    def elites(self) -> list[int]:
        """Up to four programs beside the best: the final choice's short list, else by fitness."""
        listed = self.ranking if self.final is None else list(self.final["shortlist"])
        return [number for number in listed if number != self.best][: ELITES - 1]

    def heads(self) -> dict[str, int]:
        """Return the heads of the projection: seed, best, what ships, and elites."""
        return heads(self.best, self.elites, self.ships)

    # -- lineage

    @cached_property
    def children(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for entry in self.entries:
            for parent in set(entry.node.parents):
                found.setdefault(parent, []).append(entry.number)
        return found

    def ancestors(self, numbers: Sequence[int], depth: int | None = None) -> set[int]:
        """Return the given programs and all they descend from, ``depth`` generations at most."""
        found, level = set(numbers), set(numbers)
        while level and (depth is None or depth > 0):
            level = {parent for n in level for parent in self.entries[n].node.parents} - found
            found |= level
            depth = None if depth is None else depth - 1
        return found

    def descent(self, number: int) -> list[int]:
        """Return the line of first parents from a seed program down to this one."""
        line = [number]
        while parents := self.entries[line[-1]].node.parents:
            line.append(parents[0])
        return line[::-1]

    # -- names

    def find(self, name: str) -> int:
        """Return the program that a person means: best, ships, seed, #12, or the start of an id."""
        return names.find(self, name)

    @cached_property
    def commits(self) -> dict[int, str]:
        """The commits of the programs that are in ``programs.git`` already."""
        from cladogen.git.projection import Projection

        return Projection(self.folder).commits()

    def forget_commits(self) -> None:
        """Read the commits again when they are next asked for."""
        self.__dict__.pop("commits", None)
