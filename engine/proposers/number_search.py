"""A search over the numbers of one program: first each moves alone, then CMA-ES moves those that it
may.

The scale is each number's own: a positive number moves by factors, others by steps in proportion to
their size; small whole numbers stay whole (CMA-ES with margin, Hamano et al., arXiv:2205.13482, in
the `cmaes` package). A number with which the program fails when it moves alone holds the program
together (an index, a length, a first element) and is left where it is; so is one that makes no
difference. Equal variants are tried once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cladogen.program import Program
from cladogen.proposers.cma import Solver
from cladogen.proposers.syntax.lift import Lifted

LARGE = 10  # whole numbers from here on move by factors, too


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a program and how it moves: one unit of the search is a factor's logarithm, or a
    step.
    """

    value: float
    whole: bool

    @property
    def by_factor(self) -> bool:
        return self.value >= LARGE if self.whole else self.value > 0

    @property
    def gap(self) -> float:
        """Return the distance between neighbours in units; 0 for a number without gaps."""
        return 1.0 if self.whole and not self.by_factor else 0.0

    def at(self, unit: float) -> float | int:
        """Return the value ``unit`` units away from where it is."""
        moved = self._moved(unit)
        return round(moved) if self.whole else float(f"{moved:.4g}")

    def _moved(self, unit: float) -> float:
        if self.by_factor:
            return self.value * math.exp(0.5 * min(max(unit, -20.0), 20.0))
        return self.value + unit * (1.0 if self.whole else max(0.3, 0.3 * abs(self.value)))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a number stands: the file, and its position among the numbers of the file."""

    path: str
    position: int
    number: Number


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a program that are to move."""

    program: Program
    files: Mapping[str, Lifted]
    spots: tuple[Spot, ...]

    def variant(self, units: Mapping[int, float]) -> Program:
        """Return the program with some numbers, by their index, so many units away."""
        values: dict[str, dict[int, float | int]] = {}
        for index, unit in units.items():
            spot = self.spots[index]
            values.setdefault(spot.path, {})[spot.position] = spot.number.at(unit)
        return self.program.replace(
            {
                path: self.files[path].fill(moved).encode("utf-8", "surrogateescape")
                for path, moved in values.items()
            }
        )


class NumberSearch:
    """Ask for variants, tell their fitness. ``best`` is the best variant, None while none is
    better.
    """

    def __init__(
        self, numbers: Numbers, fitness: float, sigma: float, rng: np.random.Generator
    ) -> None:
        self.numbers = numbers
        self.best: Program | None = None
        self.tried = self.stale = 0
        self._first = self._fitness = fitness
        self._known: dict[str, float] = {numbers.program.id: fitness}
        self._sigma, self._seed = sigma, int(rng.integers(2**31))
        # The moves of single numbers that come next, and where the free ones are to begin.
        self._alone = dict(enumerate(rng.choice((-1.0, 1.0), len(numbers.spots)).tolist()))
        self._start: dict[int, float] = {}
        self._turned = False
        self._solver: Solver | None = None
        self._generation: list[str] = []
        self._fresh: dict[str, Program] = {}

    def ask(self, most: int) -> list[Program]:
        """Return variants not tried before, at most so many; empty when there are no more."""
        for _ in range(8):
            drawn = self._drawn()
            self._generation = [variant.id for variant in drawn]
            new = {each.id: each for each in drawn if each.id not in self._known}
            self._fresh = dict(list(new.items())[:most])
            if self._fresh or not drawn:
                break
            self._learn()
        return list(self._fresh.values())

    def tell(self, fitness: Sequence[float | None]) -> None:
        """Take the fitness of the variants asked for; None is a variant that failed."""
        self.tried += len(fitness)
        self.stale += self._solver is not None
        for (name, variant), value in zip(self._fresh.items(), fitness, strict=True):
            self._known[name] = -np.inf if value is None else value
            if value is not None and value > self._fitness:
                self._fitness, self.best, self.stale = value, variant, 0
        self._learn()

    @property
    def free(self) -> int:
        """Return how many numbers move freely, those that are not known yet included."""
        return len(self.numbers.spots) if self._solver is None else len(self._start)

    def summary(self) -> str:
        return (
            f"{self.free} of {len(self.numbers.spots)} numbers tuned, {self.tried} variants: "
            f"{self._first:.6g} to {self._fitness:.6g}"
        )

    def _drawn(self) -> list[Program]:
        """Return the next generation: single numbers moved, then vectors."""
        if self._solver is None:
            return [self.numbers.variant({at: unit}) for at, unit in self._alone.items()]
        free = sorted(self._start)
        moves = (dict(zip(free, vector, strict=True)) for vector in self._solver.draw())
        return list(map(self.numbers.variant, moves))

    def _learn(self) -> None:
        values = [self._known.get(name, -np.inf) for name in self._generation]
        if self._solver is None:
            self._learn_alone(dict(zip(self._alone, values, strict=True)))
        else:
            self._solver.tell(values, self._fitness)

    def _learn_alone(self, values: dict[int, float]) -> None:
        """Note the numbers that move alone and make a difference. Those that lost move the other
        way, half as far; then all begin from where those that gained came to.
        """
        moved = self._moved(values)
        gained = {at: self._alone[at] for at in moved if values[at] > self._first}
        self._start = {**dict.fromkeys(moved, 0.0), **self._start, **gained}
        lost = [] if self._turned else sorted(moved - gained.keys())
        self._alone, self._turned = {at: self._other_way(at) for at in lost}, True
        if not self._alone:
            self._solver = self._begin()

    def _moved(self, values: Mapping[int, float]) -> set[int]:
        """Return the numbers that made a difference."""
        return {at for at, value in values.items() if np.isfinite(value) and value != self._first}

    def _other_way(self, at: int) -> float:
        """Return the move the other way: half as far, but to another number."""
        gap = self.numbers.spots[at].number.gap
        return -math.copysign(max(0.5, gap), self._alone[at])

    def _begin(self) -> Solver:
        free = sorted(self._start)
        start = np.array([self._start[at] for at in free])
        gaps = np.array([self.numbers.spots[at].number.gap for at in free])
        return Solver(start, gaps, self._sigma, self._seed)
