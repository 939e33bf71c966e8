"""The context of a prompt: the problem, the record of the run, and what several sections ask of
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cladogen.evaluation import Evaluation, Status, noise
from cladogen.problem import Problem
from cladogen.program import Program, matches
from cladogen.prompts.figures import digits_for, figure
from cladogen.prompts.surroundings import NOTHING_KNOWN, Surroundings
from cladogen.record.base import Record

NEIGHBOURS = 20  # programs at the top of the ranking that figures must tell apart


@dataclass(frozen=True)
class Context:
    """Reads the record of a run for one prompt about its problem."""

    problem: Problem
    record: Record
    surroundings: Surroundings = NOTHING_KNOWN
    alone: bool = False  # of other programs nothing is to be seen, not even the best

    def fitness(self, number: int) -> float | None:
        """Return a program's fitness; None while it has none."""
        score = self.record.score(number)
        return None if score is None else score.fitness

    def value(self, number: int) -> float | None:
        """Return a program's objective in its own unit and sign."""
        fitness = self.fitness(number)
        return None if fitness is None else self.problem.objective.sign * fitness

    def cases(self, number: int) -> Mapping[str, float]:
        """Return what a program reached on each case, higher is better."""
        score = self.record.score(number)
        return {} if score is None else score.cases

    @cached_property
    def best(self) -> int | None:
        """The program with the highest fitness, as far as it may be seen."""
        if self.alone:
            return None
        return next(iter(self.record.best(1)), None)

    @cached_property
    def noise(self) -> float:
        """The standard deviation of the first seed program's fitness, measured again and again."""
        rows = self.record.evaluations(0) if self.record.size() else ()
        return noise(rows, lambda some: self.problem.score(some).fitness)

    def shown(self, *numbers: int) -> list[str]:
        """Return the objective of programs in words, told apart from each other and from the best;
        "none" where there is none.
        """
        values = [self.value(number) for number in numbers]
        top = [self.value(number) for number in self.record.best(NEIGHBOURS)]
        digits = digits_for(value for value in [*values, *top] if value is not None)
        return ["none" if value is None else figure(value, digits) for value in values]

    def editable(self, program: Program) -> list[str]:
        """Return the paths of the files that may change, the smallest first."""
        paths = [path for path in program if matches(path, self.problem.editable)]
        return sorted(paths, key=lambda path: (len(program.files[path].data), path))

    def ancestors(self, number: int, down_to: int = 0) -> set[int]:
        """Return what a program descends from, by any parent, and itself; none older than
        ``down_to`` (parents have lower numbers than their children).
        """
        found: set[int] = set()
        waiting = [number]
        while waiting:
            program = waiting.pop()
            if program not in found and program >= down_to:
                found.add(program)
                waiting.extend(self.record.node(program).parents)
        return found

    def related(self, one: int, other: int) -> bool:
        """Tell whether one of two programs descends from the other, or they are the same."""
        older, younger = sorted((one, other))
        return older in self.ancestors(younger, older)

    def failed(self, number: int) -> Evaluation | None:
        """Return the evaluation that a program failed at, None for one that has not."""
        rows = self.record.evaluations(number)
        return next((row for row in rows if row.status not in (Status.OK, Status.INFRA)), None)

    def by_case(self, number: int) -> dict[str, Evaluation]:
        """Return a program's last evaluation on each case, in the order of the cases."""
        found: dict[str, Evaluation] = {}
        for row in self.record.evaluations(number):
            if row.status is not Status.INFRA:
                found[row.case] = row
        return found


def label(number: int, best: Sequence[int] | int | None) -> str:
    """Return how a program is called: "#7", or "#7, the best"."""
    return f"#{number}, the best" if number == best else f"#{number}"
