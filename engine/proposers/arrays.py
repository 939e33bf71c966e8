"""Arrays: children of programs whose genome is numbers, not text, without a model and without
gradients.

``*.npy`` and ``*.png`` files that may change are moved by Gaussian noise (deep neuroevolution,
arXiv:1712.06567), by the difference of two other programs (differential evolution, Storn and Price,
1997), or crossed with another program unit by unit. Where two matrices follow one another, so that
the columns of one are the rows of the next, a unit between them can be added, which changes little
at first (Net2Net, arXiv:1511.05641), or taken away: weights and architecture evolve together. Text
files that may change are left to `Mutate`. A bandit shares the turns out.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from cladogen.errors import ConfigError
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.patching.array_files import Array, is_array, read_array, write_array
from cladogen.patching.strict import make_diff
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.bandit import Bandit
from cladogen.proposers.base import Record
from cladogen.proposers.flags import flag
from cladogen.proposers.gain import Gains, parent_fitness
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.offer import editable_files
from cladogen.result import Result
from cladogen.task import Propose

ODDS = {"gaussian": 4.0, "difference": 2.0, "units": 1.0, "grow": 0.5, "prune": 0.25, "text": 1.0}
DONORS = 16  # of the best programs
MOST_UNITS = 256  # between two matrices
TRIES = 12

Genome = Mapping[str, Array]


class Arrays:
    """Propose changed arrays. ``sigma`` is the usual step, in standard deviations of an array;
    ``text`` the odds of a change of a text file (0: none); without ``architecture`` no unit is
    added or taken away.
    """

    def __init__(
        self,
        problem: Problem,
        trials: Evaluator | None = None,
        budget: Ledger | None = None,
        *,
        sigma: float | str = 0.1,
        text: float | str = 1.0,
        architecture: bool | str = True,
        learn: bool = True,
    ) -> None:
        self.problem = problem
        self.sigma = _number("sigma", sigma)
        if not holds_arrays(problem):
            raise ConfigError(
                "proposer arrays: no *.npy or *.png of the seed may change; see editable"
            )
        self._mutate = Mutate(problem, trials, budget, probes=1)
        odds = {**ODDS, "text": _number("text", text)}
        if not editable_files(problem, problem.seeds[0]):
            odds["text"] = 0.0
        if not flag("architecture", architecture):
            odds |= {"grow": 0.0, "prune": 0.0}
        self.bandit = Bandit(tuple(odds), weights=odds, learn=learn)
        self.gains = Gains()

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return a change of the first parent's arrays, or of one of its text files."""
        began = time.perf_counter()
        parent = record.program(task.parents[0])
        operator = ""
        for _ in range(TRIES):
            operator = self.bandit.choose(rng)
            if operator == "text":
                made = await self._mutate.propose(task, record, rng)
                if made.patch:
                    return replace(made, operator="text")
                continue
            child = self._child(operator, parent, task, record, rng)
            if child is not None and child.id != parent.id:
                return Proposal(
                    task.ticket, operator, task.parents, make_diff(parent, child),
                    summary=f"{operator} in {', '.join(_changed(parent, child))}",
                    seconds=time.perf_counter() - began,
                    parent_fitness=parent_fitness(record, task.parents),
                )  # fmt: skip
        return Proposal(
            task.ticket, operator, task.parents, reason=f"{TRIES} changes drawn, none of them fits",
            seconds=time.perf_counter() - began,
        )  # fmt: skip

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: another child costs as little."""
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn which operators gain."""
        gain = self.gains.of(proposal, result)
        self.bandit.tell(proposal.operator, gain)
        if proposal.operator == "text":
            self._mutate.credit(proposal, gain)

    def state(self) -> Any:
        """Return what was learnt."""
        return [self.bandit.state(), self.gains.state(), self._mutate.state()]

    def restore(self, state: Any) -> None:
        """Take in what `state` gave."""
        bandit, gains, text = state
        self.bandit.restore(bandit)
        self.gains.restore(gains)
        self._mutate.restore(text)

    def _child(
        self,
        operator: str,
        parent: Program,
        task: Propose,
        record: Record,
        rng: np.random.Generator,
    ) -> Program | None:
        """Return the parent with changed arrays; None where an operator does not fit."""
        genome = genome_of(self.problem, parent)
        changed: Genome = {}
        match operator:
            case "gaussian":
                changed = shaken(genome, self.sigma, rng)
            case "grow":
                changed = grown(genome, self.sigma, rng)
            case "prune":
                changed = pruned(genome, rng)
            case _:
                others = self._donors(genome, task, record)
                changed = _crossed(operator, genome, others, rng)
        files = {path: write_array(path, array) for path, array in changed.items()}
        return parent.replace(files) if files else None

    def _donors(self, genome: Genome, task: Propose, record: Record) -> list[Genome]:
        """Return the arrays of other programs that have the same shapes."""
        numbers = dict.fromkeys((*task.parents[1:], *task.inspirations, *record.best(DONORS)))
        numbers.pop(task.parents[0], None)
        found = (genome_of(self.problem, record.program(number)) for number in numbers)
        shapes = _shapes(genome)
        return [each for each in found if _shapes(each) == shapes]


def holds_arrays(problem: Problem) -> bool:
    """Tell whether a seed program has arrays or images that may change."""
    paths = (path for seed in problem.seeds for path in seed)
    return any(is_array(path) and problem.may_change(path) for path in paths)


def genome_of(problem: Problem, program: Program) -> dict[str, Array]:
    """Return the arrays of a program that may change; one that cannot be read is left out."""
    found = {}
    for path, file in program.files.items():
        if is_array(path) and problem.may_change(path):
            try:
                found[path] = read_array(path, file.data)
            except ValueError:
                continue
    return found


def shaken(genome: Genome, sigma: float, rng: np.random.Generator) -> dict[str, Array]:
    """Add Gaussian noise: to all arrays or one of them, to all values or some."""
    if not genome:
        return {}
    paths = list(genome)
    chosen = paths if rng.random() < 0.5 else [paths[int(rng.integers(len(paths)))]]
    step = sigma * float(np.exp(rng.normal(0.0, 1.0)))
    density = 1.0 if rng.random() < 0.5 else float(rng.uniform(0.02, 0.5))
    return {
        path: _fitted(
            genome[path],
            genome[path]
            + _scale(genome[path])
            * step
            * rng.normal(size=genome[path].shape)
            * (rng.random(genome[path].shape) < density),
        )
        for path in chosen
    }


def moved(genome: Genome, one: Genome, other: Genome, rng: np.random.Generator) -> dict[str, Array]:
    """Add a part of the difference of two other programs, on most of the values."""
    weight = 0.5 * float(np.exp(rng.normal(0.0, 0.3)))
    return {
        path: _fitted(
            array,
            array
            + weight
            * (one[path].astype(np.float64) - other[path])
            * (rng.random(array.shape) < 0.9),
        )
        for path, array in genome.items()
    }


def mixed(genome: Genome, other: Genome, rng: np.random.Generator) -> dict[str, Array]:
    """Take some units of another program, with what leads to them and what they lead to; of arrays
    that are no pair, whole rows.
    """
    made = {path: array.copy() for path, array in genome.items()}
    pairs = linked(genome)
    for first, second in pairs:
        taken = rng.random(genome[first].shape[1]) < 0.5
        made[first][:, taken] = other[first][:, taken]
        made[second][taken] = other[second][taken]
    for path in set(genome).difference(*pairs):
        if genome[path].ndim:
            rows = rng.random(len(genome[path])) < 0.5
            made[path][rows] = other[path][rows]
    return made


def linked(genome: Genome) -> list[tuple[str, str]]:
    """Return the matrices that follow one another, in the order of their names: as many columns as
    the next has rows.
    """
    matrices = sorted(path for path, array in genome.items() if array.ndim == 2)
    return [
        (one, other)
        for one, other in pairwise(matrices)
        if genome[one].shape[1] == genome[other].shape[0]
    ]


def grown(genome: Genome, step: float, rng: np.random.Generator) -> dict[str, Array]:
    """Add a unit between two matrices. What leads on from it is a ``step`` from 0: with none, the
    program does what it did, and would be known already.
    """
    pairs = [pair for pair in linked(genome) if genome[pair[0]].shape[1] < MOST_UNITS]
    if not pairs:
        return {}
    one, other = pairs[int(rng.integers(len(pairs)))]
    first, second = genome[one], genome[other]
    column = _scale(first) * rng.normal(size=(len(first), 1))
    row = step * _scale(second) * rng.normal(size=(1, second.shape[1]))
    return {
        one: np.hstack([first, column]).astype(first.dtype),
        other: np.vstack([second, row]).astype(second.dtype),
    }


def pruned(genome: Genome, rng: np.random.Generator) -> dict[str, Array]:
    """Take away the unit between two matrices that has the least weight."""
    pairs = [pair for pair in linked(genome) if genome[pair[0]].shape[1] > 1]
    if not pairs:
        return {}
    one, other = pairs[int(rng.integers(len(pairs)))]
    weight = np.abs(genome[one]).sum(axis=0) * np.abs(genome[other]).sum(axis=1)
    least = int(np.argmin(weight))
    return {one: np.delete(genome[one], least, 1), other: np.delete(genome[other], least, 0)}


def _scale(array: Array) -> float:
    """Return the usual size of an array's values; 1 where they are all the same."""
    return float(np.std(array)) or 1.0


def _fitted(array: Array, values: Array) -> Array:
    """Return values as the array holds them: of its kind, and within its range."""
    if array.dtype.kind == "f":
        return values.astype(array.dtype)
    limits = np.iinfo(array.dtype)
    return np.clip(np.rint(values), limits.min, limits.max).astype(array.dtype)


def _changed(parent: Program, child: Program) -> list[str]:
    return [path for path in child if child.files[path] != parent.files.get(path)]


def _number(option: str, value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = -1.0
    if not 0.0 <= found <= 100.0:
        raise ConfigError(f"proposer option {option} = {value!r}: it must be a number, 0 to 100")
    return found


def _shapes(genome: Genome) -> dict[str, tuple[int, ...]]:
    return {path: array.shape for path, array in genome.items()}


def _crossed(
    operator: str, genome: Genome, others: list[Genome], rng: np.random.Generator
) -> Genome:
    """Return the arrays that change when one program, or the difference of two, is crossed in; {}
    where there are too few.
    """
    if len(others) < 1 + (operator == "difference"):
        return {}
    order = rng.permutation(len(others))
    one = others[int(order[0])]
    if operator == "units":
        return mixed(genome, one, rng)
    return moved(genome, one, others[int(order[1])], rng)
