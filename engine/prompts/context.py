"""The context of a prompt: the problem, the record of the run, and what several sections ask of
them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Any, TypeVar

from cladogen.evaluation import Evaluation, Status, fitness_of
from cladogen.expectation import NEAR
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.prompts.figures import OBJECTIVE, Among, digits_for, figure
from cladogen.prompts.frames import Frames
from cladogen.prompts.run_facts import Descent, RunFacts
from cladogen.prompts.surroundings import NOTHING_KNOWN, Surroundings
from cladogen.record.base import Record
from cladogen.result import Result

Value = TypeVar("Value")

NEIGHBOURS = 20  # programs at the top of the ranking that figures must tell apart


@dataclass(frozen=True)
class Context:
    """Reads the record of a run for one prompt about its problem, which is made without a pause:
    what is asked several times is worked out `once`.
    """

    problem: Problem
    record: Record
    surroundings: Surroundings = NOTHING_KNOWN
    alone: bool = False  # of other programs nothing is to be seen, not even the best
    made: int | None = None  # proposals of this search; None: not known
    expected: int | None = None  # proposals that its caps can pay for; None: not known
    kept: RunFacts | None = None  # by a prompter, from prompt to prompt
    pending: Result | None = None  # that is to be repaired; the record takes it in afterwards
    _once: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    # The fitness of programs that was asked for: for one prompt it is asked 300 times.
    _fitness: dict[int, float | None] = field(default_factory=dict, compare=False, repr=False)

    def seen(self, *, alone: bool) -> Context:
        """Return the context in which other programs are, or are not, to be seen."""
        return self if alone == self.alone else replace(self, alone=alone)

    def once(self, name: str, make: Callable[[], Value]) -> Value:
        """Return what is kept under a name for this prompt, or make it and keep it."""
        kept: Value | None = self._once.get(name)
        if kept is None:
            kept = self._once[name] = make()
        return kept

    @cached_property
    def facts(self) -> RunFacts:
        """What no result changes."""
        return self.kept or self.once("facts", lambda: RunFacts(self.problem, self.record))

    def fitness(self, number: int) -> float | None:
        """Return a program's fitness; None while it has none."""
        known = self._fitness
        if number in known:
            return known[number]
        fitness = known[number] = fitness_of(self.record.score(number))
        return fitness

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
        return self.once("noise", self.facts.noise)

    def apart(self, one: float, other: float) -> bool:
        """Tell whether two fitnesses differ by more than noise, and by more than rounding."""
        return abs(one - other) > max(self.noise, NEAR * abs(one))

    @property
    def top(self) -> list[tuple[float, int]]:
        """The best programs: fitness, number; best first."""
        return self.once("top", self._top)

    def _top(self) -> list[tuple[float, int]]:
        numbers = self.record.best(NEIGHBOURS)
        return [(self.fitness(number) or 0.0, number) for number in numbers]

    def as_good(self, number: int) -> list[int]:
        """Return the best programs that are at least as good as one, best first."""
        return [each for _, each in self.top[: self._ahead_of(number)]]

    def known_before(self, number: int) -> bool:
        """Tell whether a program of the best that is at least as good as one is older."""
        ahead = self._ahead_of(number)
        return ahead > 0 and self._oldest[ahead - 1] < number

    def _ahead_of(self, number: int) -> int:
        """Return how many of the best are at least as good as a program."""
        return bisect_right(self._losses, -(self.fitness(number) or 0.0))

    @cached_property
    def _losses(self) -> list[float]:
        return [-fitness for fitness, _ in self.top]

    @cached_property
    def _oldest(self) -> list[int]:
        """Return the oldest of the best, of the best two, and so on."""
        return list(accumulate((number for _, number in self.top), min))

    def shown(self, *numbers: int) -> Sequence[str]:
        """Return the objective of programs in words, told apart from each other and from the best;
        "none" where there is none.
        """
        sign, fitness = self.problem.objective.sign, map(self.fitness, numbers)
        values = tuple([None if one is None else sign * one for one in fitness])
        words = self._words.get(values)
        if words is None:
            words = self._words[values] = self._shown(values)
        return words

    @cached_property
    def _words(self) -> dict[tuple[float | None, ...], list[str]]:
        return self.facts.words_beside(self.beside.values)

    def _shown(self, values: Sequence[float | None]) -> list[str]:
        known = [value for value in values if value is not None]
        digits = digits_for(known, self.beside, OBJECTIVE)
        return ["none" if value is None else figure(value, digits) for value in values]

    @cached_property
    def beside(self) -> Among:
        """What a value of the objective is read beside, in its own unit and sign: the best
        programs', and the best known elsewhere.
        """
        return self.once("beside", self._beside)

    def _beside(self) -> Among:
        known, sign = self.problem.best_known, self.problem.objective.sign
        values = [sign * fitness for fitness, _ in self.top]
        return Among(values if known is None else [*values, known])

    def editable(self, program: Program) -> list[str]:
        """Return the paths of the files that may change, the smallest first."""
        return self.facts.editable(program)

    def ancestors(self, number: int) -> Descent:
        """Return what a program descends from, by any parent, and itself."""
        return self.facts.ancestors(number)

    def related(self, one: int, other: int) -> bool:
        """Tell whether one of two programs descends from the other, or they are the same."""
        older, younger = (one, other) if one < other else (other, one)
        return bool(self.facts.bits(younger) >> older & 1)

    def failed(self, number: int) -> Evaluation | None:
        """Return the evaluation that a program failed at, None for one that has not."""
        rows = self.evaluations(number)
        return next((row for row in rows if row.status not in (Status.OK, Status.INFRA)), None)

    def evaluations(self, number: int) -> Sequence[Evaluation]:
        """Return the training evaluations of a program, oldest first, as a model may see them."""
        pending = self.pending
        rows = self.record.evaluations(number)
        if not rows and pending is not None and pending.program == number:
            rows = pending.evaluations
        return self.seen_frames.of(rows)

    @property
    def seen_frames(self) -> Frames:
        """What of tracebacks a model may see."""
        return self.facts.frames

    def by_case(self, number: int) -> dict[str, Evaluation]:
        """Return a program's last evaluation on each case, in the order of the cases."""
        found = self._by_case.get(number)
        if found is None:
            rows = self.evaluations(number)
            found = {row.case: row for row in rows if row.status is not Status.INFRA}
            self._by_case[number] = found
        return found

    @cached_property
    def _by_case(self) -> dict[int, dict[str, Evaluation]]:
        return {}


def label(number: int, best: Sequence[int] | int | None) -> str:
    """Return how a program is called: "#7", or "#7, the best"."""
    return f"#{number}, the best" if number == best else f"#{number}"
