"""A run as read from its folder, also while it goes on: the one reader behind every view.

Opened read-only and built from few columns, so that looking at ten thousand programs takes well
under a second. What it knows is read when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from cladogen.evaluation import Evaluation, Score, noise
from cladogen.formatting import one_line
from cladogen.git.heads import ELITES, heads
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Outcome
from cladogen.record.changes import ReadPosition
from cladogen.record.lock import locked
from cladogen.record.store import Store
from cladogen.run_folder import statement_of
from cladogen.settings import Settings
from cladogen.view import archive_choice, names
from cladogen.view.program_row import UNSCORED, ProgramRow, read_programs
from cladogen.view.result_row import ResultRow, read_results

# What may be different when a run went on.
CHANGING = frozenset(
    ("running", "ending", "final", "flags", "_last_program_at", "_last_result_at", "size", "noise",
     "ranking", "best", "elites", "children", "commits", "heldout_fitness", "_unscored",
     "outcomes", "fitnesses")
)  # fmt: skip
MANY = 1000  # programs, from which on reading all evaluations takes less time than each one's


class RunReader:
    """Everything a person may ask of one run. ``warn`` takes what to know of the answers; without
    one, a damaged row is an error.
    """

    def __init__(self, folder: Path, *, warn: Callable[[str], None] | None = None) -> None:
        self.folder = folder
        self.warn = warn or (lambda text: None)
        self.store = Store.open(folder)
        self.store.warn = warn
        self.meta = self.store.meta()
        self._seen = ReadPosition()  # how far the programs are read
        self._rows: dict[int, ProgramRow] = {}  # of programs that were asked for one by one

    def refresh(self) -> set[int]:
        """Read what was recorded since the programs were read; return the programs that changed.

        What costs the time of a whole reading is then read no second time.
        """
        if "entries" not in self.__dict__:
            return set(range(len(self.entries)))
        newest = self.store.newest()
        changed = self.store.changed_programs(self._seen)
        self._seen = newest
        self.__dict__.pop("_late", None)
        self._forget()
        if changed:
            self._read_again(changed)
        return changed

    def read_on(self, many: int, until: ReadPosition) -> range:
        """Read the next ``many`` programs of those up to a position, the first ones at first;
        return their numbers, none when all are read. `refresh` reads on from that position.

        Until then the run is known as if it had no more programs than these.
        """
        if "entries" not in self.__dict__:
            self._seen = until
            self.__dict__["entries"] = []
        first = len(self.entries)
        numbers = range(first, min(first + many, until.program + 1))
        if numbers:
            self.entries.extend(read_programs(self.store, self._scores(numbers), numbers))
            self._forget()
        return numbers

    def _forget(self) -> None:
        for name in CHANGING.intersection(self.__dict__):
            del self.__dict__[name]

    def _read_again(self, numbers: set[int]) -> None:
        for row in read_programs(self.store, self._scores(numbers), sorted(numbers)):
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
        return statement_of(self.folder, self.settings)

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

    @property
    def end_words(self) -> str:
        """Why the run ended, in the words it ended with; "" while it goes on or was killed."""
        end = None if self.running else self._latest("end")
        return "" if end is None else one_line(str(end["text"]))

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
        scores = dict(self.store.scores()) | self._unscored
        return read_programs(self.store, scores)

    @cached_property
    def _late(self) -> frozenset[int]:
        """The programs of which the record holds no score yet: those in flight, and all that an
        earlier version recorded.
        """
        return frozenset(self.store.unscored())

    @cached_property
    def _unscored(self) -> dict[int, Score]:
        """The scores of these programs."""
        if len(self._late) <= MANY:
            return {number: self._rescored(number) for number in self._late}
        rows = self.evaluations("train")
        return {number: self._score(rows[number]) for number in self._late if number in rows}

    @cached_property
    def outcomes(self) -> dict[int, Score]:
        """Status and fitness of every program that was evaluated, for tallies and long lists."""
        if "entries" in self.__dict__:
            return {entry.number: entry.score for entry in self.entries}
        return dict(self.store.brief_scores()) | self._unscored

    def _scores(self, numbers: Collection[int]) -> dict[int, Score]:
        """Return the scores of some programs, without reading the others'; evaluations are read of
        those alone that have no score in the record.
        """
        late = self.store.unscored(numbers)
        scores = {} if len(late) == len(numbers) else dict(self.store.scores(numbers))
        return scores | {number: self._rescored(number) for number in late}

    def rows(self, numbers: Iterable[int]) -> list[ProgramRow]:
        """Return the rows of these programs, in the order of their numbers, without reading the
        others'.
        """
        wanted = sorted(set(numbers))
        if "entries" in self.__dict__:
            return [self.entries[number] for number in wanted]
        if missing := [number for number in wanted if number not in self._rows]:
            for row in read_programs(self.store, self._scores(missing), missing):
                self._rows[row.number] = row
        return [self._rows[number] for number in wanted]

    def _score(self, rows: Sequence[Evaluation]) -> Score:
        return self.problem.score(rows)

    def evaluations(
        self, split: str = "train", number: int | None = None
    ) -> dict[int, list[Evaluation]]:
        """Return evaluations by program, with what a score needs of them."""
        return self._evaluations(split, None if number is None else range(number, number + 1))

    def _evaluations(self, split: str, numbers: range | None) -> dict[int, list[Evaluation]]:
        found: dict[int, list[Evaluation]] = {}
        for program, evaluation in self.store.brief_evaluations(split, numbers):
            found.setdefault(program, []).append(evaluation)
        return found

    def score(self, number: int) -> Score:
        """Return one program's training score, without reading the others'."""
        return self.row(number).score

    def heldout(self, number: int) -> Score | None:
        """Return a program's held-out score, None when it was not measured there."""
        rows = self.evaluations("heldout", number).get(number)
        return self._score(rows) if rows else None

    @cached_property
    def heldout_fitness(self) -> dict[int, float]:
        """The held-out fitness of every program that was measured there and has one."""
        scores = {n: self._score(rows) for n, rows in self.evaluations("heldout").items()}
        return {n: each.fitness for n, each in sorted(scores.items()) if each.fitness is not None}

    @cached_property
    def fitnesses(self) -> dict[int, float]:
        """The fitness of every program that has one, by number."""
        known = self.store.fitnesses()
        for number, score in self._unscored.items():
            known.pop(number, None)
            if score.fitness is not None:
                known[number] = score.fitness
        return dict(sorted(known.items())) if self._unscored else known

    def first_parents(self) -> list[int]:
        """Return the first parent of every program, by number; -1 for a seed program."""
        return self.store.first_parents()

    def operators(self) -> list[str]:
        """Return who made each program, by number: an operator, or "seed"."""
        return self.store.operators()

    def row(self, number: int) -> ProgramRow:
        """Return one program's row, without reading the others'."""
        if "entries" in self.__dict__:
            return self.entries[number]
        if number not in self._rows:
            scores = {number: self._rescored(number)}
            (self._rows[number],) = read_programs(self.store, scores, [number])
        return self._rows[number]

    def fitness(self, number: int | None) -> float | None:
        """Return a program's training fitness, None where there is none."""
        known = len(self.entries) if "entries" in self.__dict__ else self.size
        if number is None or number >= known:
            return None
        return self.row(number).score.fitness

    @cached_property
    def noise(self) -> float:
        """The standard deviation of the seed program's fitness over its repeated measurements."""
        rows = self.evaluations("train", 0).get(0, [])
        return noise(rows, lambda some: self.problem.score(some).fitness)

    def program(self, number: int) -> Program:
        return self.store.program(number)

    def results(
        self, ticket: int | None = None, *, after: int = -1, newest_first: bool = False
    ) -> Iterator[ResultRow]:
        """Yield what came of every task after a row, or of one task, oldest first."""
        return read_results(self.store, ticket, after=after, newest_first=newest_first)

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
        if (named := self.store.last_named_best()) is not None:
            return named.program
        listed = archive_choice.shortlist(self, ELITES) or self._fittest(1)
        return listed[0] if listed else None

    def _fittest(self, count: int) -> list[int]:
        """Return the beginning of the ranking, which need not be made for it."""
        if "entries" in self.__dict__:
            return self.ranking[:count]
        late = self._unscored
        known = self.store.fittest(count + len(late))
        ranked = [(-fitness, number) for fitness, number in known if number not in late]
        ranked += [(-each.fitness, n) for n, each in late.items() if each.fitness is not None]
        return [number for _, number in sorted(ranked)[:count]]

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
        listed = self._fittest(ELITES) if self.final is None else self.final["shortlist"]
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

    def children_of(self, number: int) -> list[int]:
        """Return the children of one program, without reading the others' scores."""
        if "entries" in self.__dict__:
            return self.children.get(number, [])
        return self.store.children(number)

    def ancestors(self, numbers: Sequence[int], depth: int | None = None) -> set[int]:
        """Return the given programs and all they descend from, ``depth`` generations at most."""
        if depth is None:
            return self.store.ancestors(numbers)
        found, level = set(numbers), set(numbers)
        while level and depth > 0:
            known = self.store.parents(level).values()
            level = {parent for parents in known for parent in parents} - found
            found |= level
            depth -= 1
        return found

    def descent(self, number: int) -> list[int]:
        """Return the line of first parents from a seed program down to this one."""
        return self.store.descent(number)

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
