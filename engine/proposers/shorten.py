"""Shorten: the same score with a smaller difference from the seed. What does not help is taken back
or taken out, piece by piece, while the score stays.

What a search leaves behind (a number that was moved and does not matter, a condition that never
holds, a variable that nothing needs) costs nothing and reads badly; the difference that ships is
read by a person. Changes are taken back one by one, as delta debugging does (Zeller and
Hildebrandt, IEEE Trans. Softw. Eng. 28, 2002), and new lines are made shorter; lines of the seed
that are still there are left alone. Every form is a trial, so nothing of it is recorded but the one
child at the end. Where seconds are capped, it ends in time with the best form so far: a batch takes
no more than a part of what is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from cladogen.archives.base import Result
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.patching.restore import changed_part, combined, difference, restored
from cladogen.patching.strict import make_diff
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.gain import parent_fitness, trial_fitness
from cladogen.proposers.offer import editable_files, trials_allowed
from cladogen.proposers.syntax.simplify import reductions
from cladogen.proposers.syntax.table import calls_from_elsewhere, parses, source_of
from cladogen.task import Propose, Purpose

OF_CLOSING, OF_REST = 0.4, 1 / 3  # of the run's last seconds; of what is left, for one batch


class Shorten:
    """Propose the parent with less difference from its seed and no less fitness.

    ``variants`` is how many forms are tried at most, ``batch`` how many in one sandbox start.
    """

    def __init__(
        self,
        problem: Problem,
        trials: Evaluator | None = None,
        budget: Ledger | None = None,
        *,
        variants: int = 300,
        batch: int = 24,
    ) -> None:
        self.problem, self.trials = problem, trials
        self.budget, self.variants, self.batch = budget, variants, batch

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return the form of the first parent that differs least, or why there is none."""
        began = time.perf_counter()
        number = task.parents[0]
        bar = trial_fitness(self.problem, record, number)
        before = parent_fitness(record, (number,))
        proposal = Proposal(task.ticket, "shorten", (number,), parent_fitness=before)
        if self.trials is None or bar is None:
            return replace(proposal, reason="nothing to measure shorter forms with")
        allowed = trials_allowed(task.ticket, self.variants, self.budget, self.trials)
        parent = record.program(number)
        until = None if (left := self._seconds(task)) is None else time.monotonic() + left
        seed = record.program(root_of(record, number))
        search = _Descent(self.problem, seed, parent, until=until)
        each_s = sum(row.usage.wall_s for row in record.evaluations(number))
        with search.ending():
            await self._descend(search, self.trials, allowed, bar, each_s)
        return _ended(proposal, parent, search, time.perf_counter() - began)

    async def _descend(
        self, search: _Descent, trials: Evaluator, allowed: int, bar: float, each_s: float
    ) -> None:
        """Try forms while trials and time are left. ``each_s`` is what one may take, until that is
        measured.
        """
        while not search.is_late():
            count = min(self.batch, allowed - search.tried, search.fitting(each_s))
            # Of a long text, that takes seconds.
            forms = await asyncio.to_thread(search.forms, count)
            if not forms:
                return
            asked = time.monotonic()
            try:
                async with asyncio.timeout(search.left_s()):
                    scores = await trials.trials(search.best, forms)
            except TimeoutError:
                search.left_out = True
                return
            each_s = (time.monotonic() - asked) / len(forms)
            search.tell(forms, [one.fitness for one in scores], bar)

    def _seconds(self, task: Propose) -> float | None:
        """Return how long all may take; None: as long as it likes."""
        if self.budget is None:
            return None
        if task.purpose is not Purpose.FINAL:
            return self.budget.seconds_left()
        closing_s = self.budget.closing_s()
        return None if closing_s is None else OF_CLOSING * closing_s

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: the form has been seen to run."""
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn nothing: every shortening stands for itself."""


def root_of(record: Record, number: int) -> int:
    """Return the seed that a program comes from, by first parents."""
    while parents := record.node(number).parents:
        number = parents[0]
    return number


Edit = tuple[str, str, str]


@dataclass(slots=True)
class _Descent:
    """The way down from a program to the form that differs least from its seed."""

    problem: Problem
    seed: Program
    best: Program
    tried: int = 0
    known: set[str] = field(default_factory=set)
    refused: set[Edit] = field(default_factory=set)
    joint: list[Program] = field(default_factory=list)
    until: float | None = None  # by `time.monotonic`
    left_out: bool = False  # for there was no time for it

    def is_late(self) -> bool:
        """Tell whether there is no time for more, which then is left out."""
        if self.until is not None and time.monotonic() >= self.until:
            self.left_out = True
        return self.left_out

    def left_s(self) -> float | None:
        """Return how many seconds are left; None where nothing bounds them."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())

    def fitting(self, each_s: float) -> int:
        """Return how many forms fit into the next batch when one takes so long; 0: not even one."""
        left = self.left_s()
        if left is None or each_s <= 0:
            return sys.maxsize
        self.left_out = self.left_out or each_s > left
        return 0 if self.left_out else max(1, int(OF_REST * left / each_s))

    @contextlib.contextmanager
    def ending(self) -> Iterator[None]:
        """Let a thread that looks for forms end when nobody waits for them any more."""
        try:
            yield
        finally:
            self.until = -math.inf

    def forms(self, most: int) -> list[Program]:
        """Return at most so many forms that were not tried, those that differ least first.

        Those that join several edits come first, as they differ less. An edit that did not do
        before may do now, so it comes again, but last.
        """
        if most < 1:
            return []
        here = self.distance(self.best)
        found = self._by_id()
        ranked = []
        for name, form in found.items():
            if self.is_late():
                return []
            if name not in self.known:
                ranked.append((self._edit(form) in self.refused, self.distance(form), name))
        return [found[name] for _, distance, name in sorted(ranked) if distance < here][:most]

    def _by_id(self) -> dict[str, Program]:
        return {form.id: form for form in itertools.chain(self.joint, self._every())}

    def tell(self, forms: list[Program], fitness: list[float | None], bar: float) -> None:
        """Go on from the first form that is as good, and join it with the others that are."""
        self.tried += len(forms)
        self.known.update(form.id for form in forms)
        good = _as_good(forms, fitness, bar)
        self.refused.update(self._edit(form) for form in forms if form not in good)
        self.joint = [self._joined(good[:count]) for count in _halvings(len(good))]
        self.best = next(iter(good), self.best)

    def _joined(self, forms: list[Program]) -> Program:
        """Return the best one with the edits of all forms, as far as they are apart."""
        changes: dict[str, bytes | None] = {}
        for path in editable_files(self.problem, self.best):
            text = combined(self.best.text(path), [form.text(path) for form in forms])
            changes[path] = text.encode("utf-8", "surrogateescape")
        return self.best.replace(changes)

    def _edit(self, form: Program) -> Edit:
        """Return what a form takes out of the best one and what it puts in, in one file."""
        path = next(each for each in form if form.files[each] != self.best.files[each])
        return path, *changed_part(self.best.text(path), form.text(path))

    def distance(self, program: Program) -> int:
        """Return how much there is to read in a program's difference from the seed."""
        paths = editable_files(self.problem, program)
        return sum(difference(_text(self.seed, path), program.text(path)) for path in paths)

    def _every(self) -> Iterator[Program]:
        for path in editable_files(self.problem, self.best):
            for text in self._texts(path):
                if self.is_late():
                    return
                yield self.best.replace({path: text.encode("utf-8", "surrogateescape")})

    def _texts(self, path: str) -> list[str]:
        """Return a file with one change of the seed taken back, or a new line made shorter."""
        old, new = _text(self.seed, path), self.best.text(path)
        if not path.endswith(".py"):
            return restored(old, new)
        source = source_of(new, calls_from_elsewhere(self.best, path), old)
        shorter = reductions(source) if source is not None else []
        return list(filter(parses, (*restored(old, new), *shorter)))


def _as_good(forms: list[Program], fitness: list[float | None], bar: float) -> list[Program]:
    values = zip(forms, fitness, strict=True)
    return [form for form, value in values if value is not None and value >= bar]


def _halvings(count: int) -> Iterator[int]:
    """Yield a number, half of it, and so on, down to two."""
    while count > 1:
        yield count
        count //= 2


def _text(program: Program, path: str) -> str:
    return program.text(path) if path in program.files else ""


def _ended(proposal: Proposal, parent: Program, search: _Descent, seconds: float) -> Proposal:
    proposal = replace(proposal, seconds=seconds, trials=search.tried)
    rest = "; others are left out, for the seconds are used up" if search.left_out else ""
    if search.best is parent:
        reason = f"none of {search.tried} shorter forms is as good{rest}"
        return replace(proposal, reason=reason)
    sizes = f"{search.distance(parent)} characters to {search.distance(search.best)}"
    summary = f"difference from the seed: {sizes}, {search.tried} forms tried{rest}"
    return replace(proposal, summary=summary, patch=make_diff(parent, search.best))
