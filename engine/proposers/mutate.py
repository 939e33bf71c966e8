"""Mutate: children without a model, by operators on the syntax tree that leave the formatting
alone.

One to a few operators are applied in a row (`chain` is the chance of one more), to one file that
may change. Which operator comes next is for a bandit on gain to say. A child that is the same
program as a known one, too long, or not Python any more is dropped here and another is drawn, so
that what is proposed is worth an evaluation.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cladogen.archives.base import Result
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.novelty import canonical
from cladogen.patch import make_diff
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.bandit import Bandit
from cladogen.proposers.base import Record
from cladogen.proposers.gain import Gains, parent_fitness
from cladogen.proposers.offer import editable_files
from cladogen.proposers.probe import Probe
from cladogen.proposers.syntax.pick import pick, weigh
from cladogen.proposers.syntax.table import NAMES, ODDS, calls_from_elsewhere, change, source_of
from cladogen.task import Propose

NEUTRAL = frozenset(("bind",))  # changes nothing by itself: another operator follows
TRIES = 30
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

    ``weights`` are prior odds of operators by name, ``learn`` False keeps them; ``growth`` is how
    many times its seed's size a file may reach, beyond some room that any file has. ``probes``
    children are tried for one proposal; None: as `Probe` finds worth it.
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
    ) -> None:
        self.problem = problem
        self.probe = Probe(trials, budget, problem.limits.time_s, probes)
        self.chain = chain
        self.bandit = Bandit(NAMES, weights={**ODDS, **(weights or {})}, learn=learn)
        self.gains = Gains()
        self._limits = _limits(problem, growth, room)
        self._known: set[bytes] = set()
        self._read = 0

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return a change of the first parent; the second one, where there is one, is the donor of
        crossovers.
        """
        began = time.perf_counter()
        self._catch_up(record)
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
        count = self.probe.count(task, record)
        drawn = self._draw(task, record, rng, max(1, count))
        if not drawn:
            paths = editable_files(self.problem, record.program(task.parents[0]))
            why = f"{TRIES} changes drawn, none of them new" if paths else NO_FILE
            return None, 0, why
        if len(drawn) == 1:
            return drawn[0], 0, ""
        parent = record.program(task.parents[0])
        best = await self.probe.best(parent, [child.program for child in drawn], record)
        if best is None:
            return None, len(drawn), f"{len(drawn)} changes tried, none of them runs and is new"
        return drawn[best], len(drawn), ""

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
            if key not in self._known:
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
        names = proposal.operators or proposal.operator.split("+")
        for name in names:
            self.bandit.tell(name, gain / len(names))

    def _catch_up(self, record: Record) -> None:
        """Read the programs that are new in the record, so that none of them is proposed again."""
        for number in range(self._read, record.size()):
            self._known.add(canonical(record.program(number), self.problem.editable))
        self._read = record.size()

    def _changed(
        self, path: str, parent: Program, donor: Program, rng: np.random.Generator
    ) -> tuple[str | None, list[str]]:
        """Apply operators in a row; returns the last text and their names."""
        text, names = parent.text(path), []
        given = calls_from_elsewhere(parent, path) if path.endswith(".py") else ()
        gift = donor.text(path) if path in donor.files and donor.id != parent.id else None
        for _ in range(TRIES):
            name = self.bandit.choose(rng)
            new = change(path, name, text, gift, rng, given)
            if new is None or new == text:
                continue
            text = new
            names.append(name)
            if name not in NEUTRAL and rng.random() >= self.chain:
                return text, names
        return (text if names else None), names

    def _fits(self, path: str, old: str, new: str) -> bool:
        """Tell whether a file is not too long, nor one of its lines."""
        limit = self._limits.get(path, self._limits[""])
        if len(new) > len(old) and len(new) > limit:
            return False
        longest = max(map(len, new.splitlines()), default=0)
        return longest <= LINE or longest <= max(map(len, old.splitlines()), default=0)


def donor_of(task: Propose, record: Record, rng: np.random.Generator) -> int:
    """Return whom to take from: the second parent, else one that inspires, else one of the best."""
    if len(task.parents) > 1:
        return task.parents[1]
    others = [
        number for number in (task.inspirations or record.best(8)) if number != task.parents[0]
    ]
    return pick(others, rng) if others else task.parents[0]


def _arm(names: Sequence[str]) -> str:
    """Return the operator that a proposal goes by: the first that changes anything by itself."""
    return next((name for name in names if name not in NEUTRAL), names[0])


def _choose_file(paths: list[str], program: Program, rng: np.random.Generator) -> str:
    if len(paths) == 1:
        return paths[0]
    weights = []
    for path in paths:
        source = source_of(program.text(path)) if path.endswith(".py") else None
        weights.append(1.0 + (len(source.places) if source else len(program.files[path].data) / 8))
    return paths[weigh(weights, rng)]


def _limits(problem: Problem, growth: float, room: int) -> dict[str, float]:
    """Return how many characters each seed file may grow to; "" is for files no seed has."""
    limits = {"": 2.0 * room}
    for seed in problem.seeds:
        for path in seed:
            limits[path] = max(limits.get(path, 0.0), growth * len(seed.files[path].data) + room)
    return limits
