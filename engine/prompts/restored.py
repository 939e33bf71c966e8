"""Lines that come back: what a change adds, and an ancestor of it had already and lost.

A search that restores what it deleted goes in circles; EvoTrace (arXiv:2605.20086) counts about
three in ten added lines of that kind in traces of code evolution. Counted here are lines of eight
characters or more (a bracket or an ``else:`` comes and goes with anything), with the spaces around
them left out, each text once a change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cladogen.problem import Problem
from cladogen.program import Program, matches
from cladogen.prompts.sections import Section
from cladogen.record.base import Record

SHORTEST = 8  # characters of a line that counts
KEPT = 4096  # programs whose lines are kept
GENERATIONS = 40  # of ancestors that are looked at
RECENT = 40  # children that tell whether a search goes in circles now
STEPS = 10  # of a program's own line that tell whether the line does
CIRCLES = 0.3  # the share of restored lines from which one does
ENOUGH = 20  # added lines below which no share is told

Lines = frozenset[tuple[str, str]]  # path, line


@dataclass(frozen=True, slots=True)
class Restored:
    """Of ``added`` lines, those that an ancestor had before the parent had lost them."""

    added: int = 0
    back: int = 0

    @property
    def share(self) -> float:
        """The share of added lines that came back; 0 where none was added."""
        return self.back / self.added if self.added else 0.0

    @property
    def circles(self) -> bool:
        """Whether so many of enough lines came back that the search goes in circles."""
        return self.added >= ENOUGH and self.share >= CIRCLES

    def __add__(self, other: Restored) -> Restored:
        return Restored(self.added + other.added, self.back + other.back)


NOTHING_RESTORED = Restored()


class Descents:
    """Compares programs with their lines of first parents, and keeps what it has compared.

    ``parents_of`` and ``lines_of`` are asked with a program's number.
    """

    def __init__(
        self, parents_of: Callable[[int], Sequence[int]], lines_of: Callable[[int], Lines]
    ) -> None:
        self._parents_of = parents_of
        self._lines = lru_cache(maxsize=KEPT)(lines_of)
        self._compared: dict[int, Restored] = {}

    def of(self, child: int) -> Restored:
        """Compare a program with its first parent and the ancestors of that; a seed program added
        nothing.
        """
        if child not in self._compared:
            line = self.line(child, GENERATIONS)
            found = NOTHING_RESTORED
            if len(line) > 1:
                before = map(self._lines, line[2:])
                found = restored(self._lines(child), self._lines(line[1]), before)
            self._compared[child] = found
        return self._compared[child]

    def along(self, number: int) -> Restored:
        """Sum over the last ten steps of a program's line."""
        return self.over(self.line(number, STEPS))

    def over(self, children: Iterable[int]) -> Restored:
        """Sum over these programs."""
        found = [self.of(child) for child in children]
        return Restored(sum([each.added for each in found]), sum([each.back for each in found]))

    def line(self, number: int, most: int) -> list[int]:
        """Return a program, its first parent, and so on, ``most`` of them."""
        line = [number]
        while len(line) < most and (parents := self._parents_of(line[-1])):
            line.append(parents[0])
        return line


def descents_of(record: Record, problem: Problem) -> Descents:
    """Return the comparisons of a run that goes on."""

    def lines(number: int) -> Lines:
        return editable_lines(record.program(number), problem)

    return Descents(lambda number: record.node(number).parents, lines)


def recently(descents: Descents, size: int) -> Restored:
    """Sum over the last forty of a run's programs."""
    return descents.over(range(max(0, size - RECENT), size))


def section(found: Restored, number: int) -> Section:
    """Tell a model that the line of the program to change goes in circles; empty where it does
    not.
    """
    if not found.circles:
        return Section("", "", 0.0)
    body = (
        f"Of the {found.added} lines that were added in the last steps to #{number}, {found.back} "
        "had been in an earlier program of its line and were deleted since. Bring nothing back "
        "that was there before; make a change that none of these steps made."
    )
    return Section("This line of programs goes in circles", body, 0.05)


def editable_lines(program: Program, problem: Problem) -> Lines:
    """Return the lines that count of the files that may change."""
    paths = (path for path in program if matches(path, problem.editable))
    return lines_of({path: program.text(path) for path in paths})


def lines_of(files: Mapping[str, str]) -> Lines:
    """Return the lines of a program's files that count."""
    lines = ((path, line.strip()) for path in files for line in files[path].splitlines())
    return frozenset((path, line) for path, line in lines if len(line) >= SHORTEST)


def restored(child: Lines, parent: Lines, before: Iterable[Lines]) -> Restored:
    """Compare a child with its parent; ``before`` are the parent's ancestors."""
    added = child - parent
    missing = added
    for lines in before if added else ():
        missing = missing - lines  # which looks up the few in the many
        if not missing:
            break
    return Restored(len(added), len(added) - len(missing))


def circles_sentence(recent: Restored) -> str:
    """Tell a person that a search goes in circles, and what to do."""
    return (
        f"{recent.share:.0%} of the {recent.added} lines that the last children added had been "
        "there before; ask for something else (evolve steer RUN 'what has not been tried'), or "
        "add a model"
    )
