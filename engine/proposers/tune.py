"""Tune: lift a program's numbers into a vector and let CMA-ES move it, many vectors per sandbox
start.

The scale is each number's own: a positive number moves by factors, others by steps in proportion to
their size; whole numbers stay whole (CMA-ES with margin, Hamano et al., arXiv:2205.13482, in the
`cmaes` package). One child comes of it, with the best vector found; the variants on the way are
trials, which are counted and not recorded.
"""

from __future__ import annotations

import functools
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import Result
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.patch import make_diff
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.gain import parent_fitness
from cladogen.proposers.offer import editable_files, room_for
from cladogen.proposers.syntax.lift import Lifted, lift
from cladogen.task import Propose


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a program: its value, whether it must stay whole, and how it moves.

    ``spread`` is the change that one unit of the search makes: a factor's logarithm, or a step.
    """

    value: float
    whole: bool

    @property
    def by_factor(self) -> bool:
        return self.value > 0 and not self.whole

    def at(self, unit: float) -> float | int:
        """Return the value ``unit`` units away from where it is."""
        if self.by_factor:
            return float(f"{self.value * float(np.exp(0.5 * np.clip(unit, -20, 20))):.4g}")
        if self.whole:
            return round(self.value + unit)
        return float(f"{self.value + unit * max(0.3, 0.3 * abs(self.value)):.4g}")

    @property
    def step(self) -> float:
        """Return the distance between neighbours in units; 0 for a number without gaps."""
        return 1.0 if self.whole else 0.0


class Tune:
    """Propose the parent with better numbers. ``variants`` is how many are tried at most,
    ``dimensions`` how many numbers move at once, ``patience`` how many generations may pass without
    a better one.
    """

    def __init__(
        self,
        problem: Problem,
        trials: Evaluator | None = None,
        budget: Ledger | None = None,
        *,
        variants: int = 96,
        dimensions: int = 12,
        patience: int = 4,
        sigma: float = 0.6,
    ) -> None:
        self.problem, self.trials = problem, trials
        self.budget, self.variants = budget, variants
        self.dimensions, self.patience, self.sigma = dimensions, patience, sigma

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return the best variant of the first parent, or why there is none."""
        began = time.perf_counter()
        parent = record.program(task.parents[0])
        before = record.score(task.parents[0])
        lifted = self._lift(parent, rng)
        nothing = Proposal(
            task.ticket,
            "tune",
            task.parents[:1],
            parent_fitness=parent_fitness(record, task.parents),
        )
        if self.trials is None or before is None or before.fitness is None or not lifted:
            return _ended(
                nothing,
                began,
                0,
                "no numbers to tune" if not lifted else "nothing to measure variants with",
            )
        search = _Search(parent, lifted, before.fitness, self.sigma, int(rng.integers(2**31)))
        room = room_for(task.ticket, self.variants, self.budget, self.trials)
        while search.tried < room and search.stale < self.patience:
            variants = search.ask(room - search.tried)
            if not variants:
                break
            scores = await self.trials.trials(parent, variants)
            search.tell([score.fitness for score in scores])
        if search.best is None:
            return _ended(
                nothing, began, search.tried, f"none of {search.tried} variants is better"
            )
        return _ended(
            nothing, began, search.tried, "", make_diff(parent, search.best), search.summary()
        )

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: the variant that was best on trial has been seen to run."""
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn nothing: every tuning stands for itself."""

    def _lift(
        self, parent: Program, rng: np.random.Generator
    ) -> list[tuple[str, Lifted, list[int]]]:
        """Return the files that hold numbers, with which of them are to move."""
        found = [
            (path, lift(path, parent.text(path))) for path in editable_files(self.problem, parent)
        ]
        every = [
            (path, lifted, place) for path, lifted in found for place in range(len(lifted.values))
        ]
        if len(every) > self.dimensions:
            order = rng.permutation(len(every))[: self.dimensions]
            every = [every[int(place)] for place in sorted(order)]
        chosen: dict[str, tuple[Lifted, list[int]]] = {}
        for path, lifted, place in every:
            chosen.setdefault(path, (lifted, []))[1].append(place)
        return [(path, lifted, places) for path, (lifted, places) in chosen.items()]


class _Search:
    """CMA-ES over the numbers of one program; equal variants are tried once."""

    def __init__(
        self,
        parent: Program,
        lifted: list[tuple[str, Lifted, list[int]]],
        fitness: float,
        sigma: float,
        seed: int,
    ) -> None:
        self.parent, self.lifted = parent, lifted
        self.numbers = [Number(*one.values[place]) for _, one, places in lifted for place in places]
        self.best: Program | None = None
        self.tried = self.stale = 0
        self._first = self._fitness = fitness
        self._known: dict[str, float] = {parent.id: fitness}
        self._generation: list[tuple[NDArray[np.float64], str]] = []
        self._fresh: dict[str, Program] = {}
        self._solver = _solver(self.numbers, sigma, seed)

    def ask(self, room: int) -> list[Program]:
        """Return variants not tried before, at most ``room``; empty when none was found in many
        draws.
        """
        for _ in range(8):
            self._generation, self._fresh = [], {}
            for _ in range(self._solver.population_size):
                vector = self._solver.ask()
                variant = self._variant(vector[: len(self.numbers)])
                self._generation.append((vector, variant.id))
                if variant.id not in self._known and len(self._fresh) < room:
                    self._fresh[variant.id] = variant
            if self._fresh:
                return list(self._fresh.values())
            self._learn()
        return []

    def tell(self, fitness: list[float | None]) -> None:
        """Take the fitness of the variants asked for; None is a variant that failed."""
        self.tried += len(fitness)
        self.stale += 1
        for (key, variant), value in zip(self._fresh.items(), fitness, strict=True):
            self._known[key] = -np.inf if value is None else value
            if value is not None and value > self._fitness:
                self._fitness, self.best, self.stale = value, variant, 0
        self._learn()

    def _learn(self) -> None:
        known = [self._known.get(key, -np.inf) for _, key in self._generation]
        finite = [value for value in known if np.isfinite(value)]
        worst = max(1e-9, self._fitness - min(finite, default=self._fitness)) * 2 - self._fitness
        losses = [-value if np.isfinite(value) else worst for value in known]
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # a flat generation divides nothing by nothing in the covariance
            self._solver.tell(
                [(vector, loss) for (vector, _), loss in zip(self._generation, losses, strict=True)]
            )

    def summary(self) -> str:
        return (
            f"{len(self.numbers)} numbers tuned, {self.tried} variants: {self._first:.6g} to "
            f"{self._fitness:.6g}"
        )

    def _variant(self, vector: NDArray[np.float64]) -> Program:
        units = iter(zip(self.numbers, vector, strict=True))
        changes: dict[str, bytes | None] = {}
        for path, lifted, places in self.lifted:
            values: Mapping[int, float | int] = {
                place: number.at(float(unit))
                for place, (number, unit) in zip(places, units, strict=False)
            }
            changes[path] = lifted.fill(values).encode("utf-8", "surrogateescape")
        return self.parent.replace(changes)


def _solver(numbers: list[Number], sigma: float, seed: int) -> Any:
    """Return CMA-ES for the numbers; one that is alone gets an idle companion, which the method
    needs.
    """
    cmaes = load_cmaes()
    steps = np.array([number.step for number in numbers] + [0.0] * (len(numbers) == 1))
    mean = np.zeros(len(steps))
    if not steps.any():
        return cmaes.CMA(mean=mean, sigma=sigma, seed=seed)
    bounds = np.array([[-50.0, 50.0]] * len(steps))
    return _Margin(
        cmaes.CMAwM(mean=mean, sigma=max(sigma, 1.0), bounds=bounds, steps=steps, seed=seed)
    )


@functools.cache
def load_cmaes() -> Any:
    """Import cmaes in 14 ms: without scipy.stats, which takes 1.2 s.

    It needs two distribution functions of scipy.stats and has them itself, for machines without
    scipy.
    """
    modules: dict[str, Any] = sys.modules
    loaded = modules.get("scipy.stats")
    modules["scipy.stats"] = None  # what Python reads as: not to be had
    try:
        import cmaes  # type: ignore[import-untyped]
    finally:
        del modules["scipy.stats"]
        if loaded is not None:
            modules["scipy.stats"] = loaded
    return cmaes


class _Margin:
    """CMA-ES with margin, asked and told by the vectors that were evaluated."""

    def __init__(self, solver: Any) -> None:
        self._solver = solver
        self.population_size: int = solver.population_size
        self._raw: list[NDArray[np.float64]] = []

    def ask(self) -> NDArray[np.float64]:
        if len(self._raw) >= self.population_size:
            self._raw = []
        evaluated, raw = self._solver.ask()
        self._raw.append(raw)
        return np.asarray(evaluated)

    def tell(self, solutions: list[tuple[NDArray[np.float64], float]]) -> None:
        self._solver.tell(
            [(raw, loss) for raw, (_, loss) in zip(self._raw, solutions, strict=True)]
        )


def _ended(
    proposal: Proposal, began: float, tried: int, reason: str, patch: str = "", summary: str = ""
) -> Proposal:
    seconds = time.perf_counter() - began
    return replace(
        proposal, patch=patch, reason=reason, summary=summary, seconds=seconds, trials=tried
    )
