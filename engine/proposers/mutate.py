"""Mutate: children without a model, by operators on the syntax tree that leave the formatting
alone.

One to a few operators are applied in a row (`chain` is the chance of one more), to one file that
may change. Which operator comes next is for a bandit on gain to say. A child that is the same
program as a known one, too long, or not Python any more is dropped here and another is drawn, so
that what is proposed is worth an evaluation.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.errors import ConfigError
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.patching.strict import make_diff
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.bandit import Bandit
from cladogen.proposers.base import Record
from cladogen.proposers.flags import flag
from cladogen.proposers.gain import Gains, parent_fitness
from cladogen.proposers.offer import editable_files
from cladogen.proposers.probe import Probe
from cladogen.proposers.scipy_there import NEEDED_BY, SciPyThere
from cladogen.proposers.smoke import Smoke
from cladogen.proposers.surrogate import Surrogate
from cladogen.proposers.syntax.pick import pick, weigh
from cladogen.proposers.syntax.table import ODDS, calls_from_elsewhere, change, names_for, source_of
from cladogen.source.novelty import canonical
from cladogen.task import Propose

NEUTRAL = frozenset(("bind",))  # changes nothing by itself: another operator follows
TRIES = 30
MOST_INNER = 64
LINE = 110
NO_FILE = "the problem's editable globs match no file"


@dataclass(frozen=True, slots=True)
class _Child:
    """A changed program: in which file, and by which operators."""

    program: Program
    path: str
    names: tuple[str, ...]


class Mutate:
    """Propose changes of one file by syntax-tree operators.

    ``weights`` are prior odds of operators by name, ``learn`` False keeps them; ``splice`` are
    those of crossover by hunks; ``growth`` is how many times its seed's size a file may reach,
    beyond some room that any file has. Of ``inner`` children drawn for one proposal the one goes
    on that the run's own record makes the most of (`Surrogate`), with ``smoke`` among those that
    run on the first case (`Smoke`). ``probes`` children are tried for
    one proposal; None: as `Probe` finds worth it.
    """

    def __init__(
        self,
        problem: Problem,
        trials: Evaluator | None = None,
        budget: Ledger | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        learn: bool = True,
        chain: float = 0.35,
        growth: float = 2.0,
        room: int = 1000,
        probes: int | None = None,
        splice: float | str = 0.0,
        inner: int | str = 1,
        smoke: bool | str = False,
    ) -> None:
        self.problem = problem
        # What is built costs as much on trial as evaluated.
        most = 0 if probes is None and problem.build else probes
        self.probe = Probe(trials, budget, problem.limits.time_s, most)
        self.chain = chain
        names = _names(problem)
        odds = {**_usual_odds(names), "splice": odds_of("splice", splice), **(weights or {})}
        self.bandit = Bandit(names, weights=odds, learn=learn)
        self.inner = inner_of(inner)
        smokes = _smokes(smoke, self.inner)
        self.smoke = Smoke(problem, trials, budget) if smokes else None
        self.surrogate = Surrogate(problem)
        self.scipy = SciPyThere(trials if NEEDED_BY in names else None, budget)
        self.gains = Gains()
        self._limits = _limits(problem, growth, room)

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return a change of the first parent; the second one, where there is one, is the donor of
        crossovers.
        """
        began = time.perf_counter()
        child, tried, reason = await self._child(task, record, rng)
        seconds = time.perf_counter() - began
        if child is None:
            return Proposal(
                task.ticket, "mutate", task.parents, reason=reason, seconds=seconds, trials=tried
            )
        return Proposal(
            task.ticket, _arm(child.names), task.parents,
            make_diff(record.program(task.parents[0]), child.program),
            summary=f"{', '.join(child.names)} in {child.path}", seconds=seconds, trials=tried,
            operators=child.names, parent_fitness=parent_fitness(record, task.parents),
        )  # fmt: skip

    async def _child(
        self, task: Propose, record: Record, rng: np.random.Generator
    ) -> tuple[_Child | None, int, str]:
        """Return a new child, how many were tried to find it, and why there is none."""
        parent = record.program(task.parents[0])
        asked = await self.scipy.ask(parent, editable_files(self.problem, parent), task.ticket)
        child, tried, reason = await self._new_child(task, record, rng)
        return child, asked + tried, reason

    async def _new_child(
        self, task: Propose, record: Record, rng: np.random.Generator
    ) -> tuple[_Child | None, int, str]:
        count = self.probe.count(task, record)
        drawn = self._draw(task, record, rng, max(1, count) * self.inner)
        if not drawn:
            paths = editable_files(self.problem, record.program(task.parents[0]))
            why = f"{TRIES} changes drawn, none of them new" if paths else NO_FILE
            return None, 0, why
        alive, smoked = await self._smoked(drawn, task, record)
        if not alive:
            return None, smoked, f"{len(drawn)} changes drawn, none of them runs"
        chosen = self._ranked(alive, record)[: max(1, count)]
        if len(chosen) == 1:
            return chosen[0], smoked, ""
        best = await self._best(chosen, record.program(task.parents[0]), record)
        why = "" if best else f"{len(chosen)} changes tried, none of them runs and is new"
        return best, smoked + len(chosen), why

    async def _best(
        self, chosen: Sequence[_Child], parent: Program, record: Record
    ) -> _Child | None:
        """Return which of several children is best on trial, None where none runs and is new."""
        best = await self.probe.best(parent, [child.program for child in chosen], record)
        return None if best is None else chosen[best]

    async def _smoked(
        self, drawn: list[_Child], task: Propose, record: Record
    ) -> tuple[list[_Child], int]:
        """Return the children of an inner population that run, and how many trials that took."""
        if self.smoke is None or task.cases is not None:
            return drawn, 0
        parent = record.program(task.parents[0])
        runs, tried = await self.smoke.runs(parent, [each.program for each in drawn], task.ticket)
        return [each for each, good in zip(drawn, runs, strict=True) if good], tried

    def _ranked(self, drawn: list[_Child], record: Record) -> list[_Child]:
        """Return children in the order of what the surrogate makes of them, as drawn among
        equals.
        """
        if self.inner == 1 or len(drawn) < 2:
            return drawn
        ranks = self.surrogate.ranks([child.program for child in drawn], record)
        if ranks is None:
            return drawn
        order = sorted(range(len(drawn)), key=lambda at: (-ranks[at], at))
        return [drawn[at] for at in order]

    def _draw(
        self, task: Propose, record: Record, rng: np.random.Generator, count: int
    ) -> list[_Child]:
        """Return at most so many different new children of the first parent."""
        parent = record.program(task.parents[0])
        paths = editable_files(self.problem, parent)
        drawn: dict[bytes, _Child] = {}
        for _ in range(TRIES + count if paths else 0):
            donor = record.program(donor_of(task, record, rng))
            child = self._drawn(paths, parent, donor, rng)
            if child is None:
                continue
            key = canonical(child.program, self.problem.editable)
            if record.original(child.program, key) is None:
                drawn.setdefault(key, child)
            if len(drawn) == count:
                break
        return list(drawn.values())

    def _drawn(
        self, paths: list[str], parent: Program, donor: Program, rng: np.random.Generator
    ) -> _Child | None:
        """Return a child that may be known already; None when the change does not fit."""
        path = _choose_file(paths, parent, rng)
        changed, names = self._changed(path, parent, donor, rng)
        if changed is None or not self._fits(path, parent.text(path), changed):
            return None
        program = parent.replace({path: changed.encode("utf-8", "surrogateescape")})
        return _Child(program, path, tuple(names))

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: another child costs as little."""
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn which operators gain."""
        self.credit(proposal, self.gains.of(proposal, result))

    def credit(self, proposal: Proposal, gain: float) -> None:
        """Share a proposal's gain out among the operators that were applied in a row."""
        self.credit_names(proposal.operators or proposal.operator.split("+"), gain)

    def credit_names(self, names: Sequence[str], gain: float) -> None:
        """Share a gain out among operators."""
        for name in names:
            self.bandit.tell(name, gain / len(names))

    def state(self) -> Any:
        """Return what was learnt."""
        return [self.bandit.state(), self.gains.state(), self.probe.state()]

    def restore(self, state: Any) -> None:
        """Take in what `state` gave."""
        bandit, gains, behaviours = state
        self.bandit.restore(bandit)
        self.gains.restore(gains)
        self.probe.restore(behaviours)

    def _changed(
        self, path: str, parent: Program, donor: Program, rng: np.random.Generator
    ) -> tuple[str | None, list[str]]:
        """Apply operators in a row; returns the last text and their names."""
        text, names = parent.text(path), []
        given = calls_from_elsewhere(parent, path) if path.endswith(".py") else ()
        gift = _gift(path, parent, donor)
        for name in self._operators_drawn(rng):
            new = change(path, name, text, gift, rng, given)
            if new in (None, text):
                continue
            text = new
            names.append(name)
            if name not in NEUTRAL and rng.random() >= self.chain:
                break
        return (text if names else None), names

    def _operators_drawn(self, rng: np.random.Generator) -> Iterator[str]:
        """Draw operators, one after the other."""
        among = [name for name in self.bandit.arms if name != NEEDED_BY or not self.scipy.missing]
        return (self.bandit.choose(rng, among) for _ in range(TRIES))

    def _fits(self, path: str, old: str, new: str) -> bool:
        """Tell whether a file is not too long, nor one of its lines."""
        limit = self._limits.get(path, self._limits[""])
        if len(new) > len(old) and len(new) > limit:
            return False
        longest = max(map(len, new.splitlines()), default=0)
        return longest <= LINE or longest <= max(map(len, old.splitlines()), default=0)


def _usual_odds(names: Iterable[str]) -> dict[str, float]:
    return {name: ODDS[name] for name in names if name in ODDS}


def odds_of(option: str, value: float | str) -> float:
    """Read the odds of an operator; raises ConfigError for what is no number from 0."""
    try:
        odds = float(value)
    except (TypeError, ValueError):
        odds = -1.0
    if not 0.0 <= odds < math.inf:
        raise ConfigError(f"proposer option {option} = {value!r}: odds are a number, 0 or more")
    return odds


def inner_of(value: int | str) -> int:
    """Read the size of an inner population; raises ConfigError for what is none."""
    try:
        count = int(value)
    except (TypeError, ValueError):
        count = 0
    if not 1 <= count <= MOST_INNER:
        wanted = f"a whole number from 1 to {MOST_INNER}"
        raise ConfigError(f"proposer option inner = {value!r}: it must be {wanted}")
    return count


def donor_of(task: Propose, record: Record, rng: np.random.Generator) -> int:
    """Return the program to take from: the second parent, else an inspiration, else a best one."""
    if len(task.parents) > 1:
        return task.parents[1]
    others = [
        number for number in (task.inspirations or record.best(8)) if number != task.parents[0]
    ]
    return pick(others, rng) if others else task.parents[0]


def _arm(names: Sequence[str]) -> str:
    """Return the operator that a proposal goes by: the first that changes anything by itself."""
    return next((name for name in names if name not in NEUTRAL), names[0])


def _names(problem: Problem) -> tuple[str, ...]:
    """Return the operators that the seed programs may need."""
    files = {
        f"{at}/{path}": seed.text(path)
        for at, seed in enumerate(problem.seeds)
        for path in editable_files(problem, seed)
    }
    return names_for(files)


def _choose_file(paths: list[str], program: Program, rng: np.random.Generator) -> str:
    if len(paths) == 1:
        return paths[0]
    weights = []
    for path in paths:
        source = source_of(program.text(path)) if path.endswith(".py") else None
        weights.append(1.0 + (len(source.sites) if source else len(program.files[path].data) / 8))
    return paths[weigh(weights, rng)]


def _limits(problem: Problem, growth: float, room: int) -> dict[str, float]:
    """Return how many characters each seed file may grow to; "" is for files no seed has."""
    limits = {"": 2.0 * room}
    for seed in problem.seeds:
        for path in seed:
            limits[path] = max(limits.get(path, 0.0), growth * len(seed.files[path].data) + room)
    return limits


def _smokes(smoke: bool | str, inner: int) -> bool:
    """Whether children run before they are ranked; raises ConfigError where no more are drawn."""
    smokes = flag("smoke", smoke)
    if smokes and inner == 1:
        raise ConfigError(
            "proposer option smoke = true: it must be beside inner=2 or more, the children it runs"
        )
    return smokes


def _gift(path: str, parent: Program, donor: Program) -> str | None:
    """Return the donor's text of a file, None where it has none or is the parent itself."""
    if path not in donor.files or donor.id == parent.id:
        return None
    return donor.text(path)
