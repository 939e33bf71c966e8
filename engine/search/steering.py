"""What a person asks of a search while it goes on, heeded before each task.

A steer changes when and of what children are asked for, and nothing that is recorded: tasks are
recorded as they came out, so that resume and replay need not know why.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import filterfalse

import numpy as np

from cladogen.ledger import Stop
from cladogen.record.memory import RunRecord
from cladogen.record.steering import PLAIN, Steer, given, session_row
from cladogen.record.store import Store
from cladogen.search.budget import Budget
from cladogen.task import Measure, Propose, Purpose, Task

STOPPED = Stop("asked", "stopped: somebody asked for it")
OVER = (*PLAIN, "cap", "measure")  # with the session they were given in
LOOK_S = 0.3  # between two looks while paused
LOOK_AGAIN_S = 0.001  # between two others: a task asks several times before it begins
AMONG = 8  # the best of a lineage, of which a parent is drawn
TRIED = 2000  # the best of the run, among which programs of a lineage are looked for


class Steering:
    """Heed the steers of a run. ``notice`` is told of each."""

    def __init__(
        self, store: Store, record: RunRecord, budget: Budget, notice: Callable[[str], None]
    ) -> None:
        self.store, self.record, self.budget, self.notice = store, record, budget, notice
        self.paused = False
        self.stop: Stop | None = None
        self._pinned: int | None = None
        self._banned: dict[int, None] = {}
        self._favoured: dict[int, None] = {}
        self._measure: list[int] = []
        self._looked = -math.inf
        self._read = session_row(store)  # the row up to which steers are heeded

    def take_up(self) -> None:
        """Heed what earlier sessions were told of lineages; their caps and stops are over."""
        for each in given(self.store):
            if each.row <= self._read and each.steer.do not in OVER:
                self._heed(each.steer)

    def look(self) -> None:
        """Heed what was said since the last look."""
        for each in given(self.store, self._read):
            self._heed(each.steer)
            self._read = each.row
            self.notice(f"steered: {each.steer}")

    def stop_reason(self) -> Stop | None:
        """Return why no new task may start, or None."""
        now = time.monotonic()
        if now - self._looked >= LOOK_AGAIN_S:
            self._looked = now
            self.look()
        return self.stop or self.budget.stop_reason()

    async def let_through(self) -> None:
        """Wait while the run is paused; its clock goes on, and its caps hold."""
        # Another process resumes it, by a row: nothing here is told of that.
        while self.stop_reason() is None and self.paused:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)

    def measurement(self, ticket: int, cases: Sequence[str]) -> Measure | None:
        """Return the task to measure a program that somebody asked for, with a new random seed."""
        if not self._measure:
            return None
        number = self._measure.pop(0)
        seeds = [row.seed for row in self.record.evaluations(number)]
        again = max(seeds, default=-1) + 1
        return Measure(ticket, number, tuple(cases), again, purpose=Purpose.PERSON)

    def directed(self, task: Task, rng: Callable[[], np.random.Generator]) -> Task:
        """Return the archive's task, or one for another parent where a lineage is pinned, favoured
        or banned, drawn with what ``rng`` makes. Where children are but repeats, it asks for
        another approach.
        """
        if not isinstance(task, Propose):
            return task
        if self.budget.repeats:
            task = replace(task, hint=task.hint or "paradigm")
        if not task.parents or task.alone or not self._turns_lineages:
            return task
        parent = self._parent(task, rng())
        if parent is None:
            return task
        shown = tuple(filterfalse(self._is_banned, task.inspirations))
        parents = task.parents if parent in task.parents[:1] else (parent,)
        return replace(task, parents=parents, inspirations=shown)

    @property
    def _turns_lineages(self) -> bool:
        """Whether a lineage is pinned, favoured or banned."""
        return self._pinned is not None or bool(self._favoured or self._banned)

    def _parent(self, task: Propose, rng: np.random.Generator) -> int | None:
        """Return the first parent to take; None leaves the task as it is."""
        if self._pinned is not None:
            return self._pinned
        if self._favoured and rng.random() < 0.5:
            found = self._best(lambda number: self._among(number, self._favoured))
            return int(rng.choice(found or list(self._favoured)))
        if any(map(self._is_banned, task.parents)):
            found = self._best(lambda number: True)
            return int(rng.choice(found)) if found else None
        return task.parents[0] if self._banned else None

    def _best(self, fits: Callable[[int], bool]) -> list[int]:
        """Return the best programs that fit and are not banned."""
        found: list[int] = []
        for number in self.record.best(TRIED):
            if fits(number) and not self._is_banned(number):
                found.append(number)
            if len(found) == AMONG:
                break
        return found

    def _is_banned(self, number: int) -> bool:
        return self._among(number, self._banned)

    def _among(self, number: int, roots: dict[int, None]) -> bool:
        """Tell whether a program is one of these, or descends from one by first parents."""
        at: int | None = number if roots else None
        while at is not None and at not in roots:
            at = next(iter(self.record.node(at).parents), None)
        return at is not None

    def _heed(self, steer: Steer) -> None:
        if steer.do == "cap" and steer.value is not None:
            self.budget.change_cap(steer.cap, steer.value)
        elif steer.do in PLAIN:
            self.paused = steer.do == "pause"
            self.stop = STOPPED if steer.do == "stop" else None
        elif steer.program is not None and steer.program < self.record.size():
            self._heed_program(steer.do, steer.program)

    def _heed_program(self, do: str, number: int) -> None:
        if do == "measure":
            self._measure.append(number)
            return
        self._banned.pop(number, None)
        self._favoured.pop(number, None)
        if self._pinned == number:
            self._pinned = None
        if do == "pin":
            self._pinned = number
        elif do == "ban":
            self._banned[number] = None
        elif do == "favour":
            self._favoured[number] = None
