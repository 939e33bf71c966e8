"""What prompts ask of a run again and again and no result changes: worked out once, and kept."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cladogen.evaluation import noise
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.prompts.frames import Frames
from cladogen.record.base import Record

KEPT = 512  # programs
WORDS = 4096  # of values


@dataclass(frozen=True, slots=True)
class Descent:
    """Programs, a bit each: 12 KB for what one of 100 000 descends from."""

    bits: int

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and bool(self.bits >> number & 1)


class RunFacts:
    """Facts about the programs of one record. ``lines`` are the different lines of a program's
    editable files. ``kept`` is
    what sections keep from prompt to prompt, each under its own name.
    """

    def __init__(self, problem: Problem, record: Record) -> None:
        self.problem, self.record = problem, record
        self.frames = Frames(problem)
        self.lines = lru_cache(maxsize=KEPT)(self._lines)
        self._paths = lru_cache(maxsize=KEPT)(self._editable)
        self._known: OrderedDict[int, int] = OrderedDict()  # ancestors, a bit each
        self.kept: dict[str, Any] = {}
        self._noise_of = lru_cache(maxsize=1)(self._measured_noise)
        self._beside: tuple[float, ...] = ()
        self._words: dict[tuple[float | None, ...], list[str]] = {}
        self._fell_back_then = 0.0, 0
        self._fell_back: dict[int, bool] = {}

    def noise(self) -> float:
        """Return the standard deviation of the first seed program's fitness."""
        return self._noise_of(len(self.record.evaluations(0)) if self.record.size() else 0)

    def words_beside(self, beside: tuple[float, ...]) -> dict[tuple[float | None, ...], list[str]]:
        """Return the words that are known for values which are read ``beside`` the best ones: until
        these change, prompt after prompt says the same of the same programs.
        """
        if beside != self._beside or len(self._words) > WORDS:
            self._beside, self._words = beside, {}
        return self._words

    def fell_back(self, noise: float) -> dict[int, bool]:
        """Return what is known of programs that fell behind their parents, until a score is another
        than it was.
        """
        now = noise, self.record.rescored
        if now != self._fell_back_then or len(self._fell_back) > WORDS:
            self._fell_back_then, self._fell_back = now, {}
        return self._fell_back

    def editable(self, program: Program) -> list[str]:
        """Return the paths of the files that may change, the smallest first."""
        return list(self._paths(program))

    def _editable(self, program: Program) -> list[str]:
        paths = list(filter(self.problem.may_change, program))
        return sorted(paths, key=lambda path: (len(program.files[path].data), path))

    def _measured_noise(self, rows: int) -> float:
        if rows < 2:
            return 0.0
        return noise(self.record.evaluations(0), lambda some: self.problem.score(some).fitness)

    def _lines(self, number: int) -> frozenset[str]:
        program = self.record.program(number)
        text = "\n".join(map(program.text, self.editable(program)))
        return frozenset(line.strip() for line in text.splitlines() if line.strip())

    def ancestors(self, number: int) -> Descent:
        """Return what a program descends from, by any parent, and itself."""
        return Descent(self.bits(number))

    def bits(self, number: int) -> int:
        """Return `ancestors` as a number, a bit each."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = self._bits(number)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(number)
        return known

    def _bits(self, number: int) -> int:
        """Go up the lineage, as far as it is not known; a long run has long lines."""
        found, waiting = 0, [number]
        while waiting:
            program = waiting.pop()
            if not found >> program & 1:
                found |= self._known.get(program, 0) or 1 << program
                if program not in self._known:
                    waiting.extend(self.record.node(program).parents)
        return found
