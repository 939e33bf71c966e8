"""Beside: constant tuning while models are asked, and only then.

A call of a model leaves a slot without work. Variants are measured there, as many at a time as are
expected to end before the reply comes, by how long calls and variants took so far. When it comes
sooner, what is in hand is broken off and measured again beside a later call, so that neither the
next prompt nor an evaluation waits. A task hands in what a tuning came to without asking a model.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from cladogen.errors import WorldAway
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.number_search import NumberSearch
from cladogen.proposers.tune import Tune

Value = TypeVar("Value")

PIECE_S = 5.0  # that variants measured at a time may take, about
QUICK_S = 0.25  # what ends within this is begun whenever the reply is expected
LEARNT = 0.3  # weight of the last of what was measured


@dataclass(slots=True)
class Spent:
    """What tuning used beside one call: trials, and seconds by the clock."""

    trials: int = 0
    seconds: float = 0.0


class Beside:
    """Tunes one program at a time. ``number`` is that program, None while none is tuned; ``ready``
    is what its tuning came to, until it is handed in.
    """

    def __init__(self, tune: Tune) -> None:
        self.tune = tune
        self.number: int | None = None
        self.ready: Proposal | None = None
        self._search: NumberSearch | None = None
        self._blank = Proposal(0, "tune", ())
        self._waiting: list[Program] = []  # of this generation, not measured yet
        self._scores: list[float | None] = []
        self._variant_s = 0.0  # how long one takes by the clock, about
        self._call_s: float | None = None  # how long a call takes, about
        self._busy = False

    def begin(self, number: int, record: Record, rng: np.random.Generator) -> bool:
        """Take up a program's numbers; False where it has none to tune."""
        blank, search = self.tune.search_of(number, record, rng)
        if search is None:
            return False
        self._search, self._blank, self.number = search, blank, number
        rows = record.evaluations(number)
        self._variant_s = sum({row.case: row.usage.wall_s for row in rows}.values())
        return True

    def hand_in(self, ticket: int) -> Proposal | None:
        """Return what a tuning came to, once."""
        made, self.ready = self.ready, None
        return None if made is None else replace(made, ticket=ticket)

    async def during(self, ticket: int, call: Awaitable[Value]) -> tuple[Value, Spent]:
        """Wait for a model's answer, and tune until it is there."""
        spent, began = Spent(), time.perf_counter()
        asked = asyncio.ensure_future(call)
        if self._search is None or self._busy:
            said = await asked
            self._took(time.perf_counter() - began)
            return said, spent
        self._busy = True
        tuning = asyncio.ensure_future(self._tune(ticket, spent, began))
        try:
            said = await asked
            self._took(time.perf_counter() - began)
            return said, spent
        finally:
            tuning.cancel()
            await asyncio.wait({tuning})
            self._busy = False
            if not tuning.cancelled() and not asked.cancelled():
                _raise(tuning.exception())

    def _took(self, seconds: float) -> None:
        """Learn how long a call takes."""
        known = seconds if self._call_s is None else self._call_s
        self._call_s = known + LEARNT * (seconds - known)

    async def _tune(self, ticket: int, spent: Spent, began: float) -> None:
        """Measure variants until the tuning is over, or until there is no time for another before
        the reply is expected; what is cancelled in its midst is waiting still.
        """
        while self._search is not None and self.tune.has_time():
            search = self._search
            if not self._waiting and not self._next(search):
                self._finish(search)
                return
            piece = self._waiting[: self._most(time.perf_counter() - began)]
            if not self._may_measure(ticket, piece):
                return
            await self._measure(search, piece, spent)
            self._waiting = self._waiting[len(piece) :]
            if not self._waiting:
                search.tell(self._scores)

    def _may_measure(self, ticket: int, piece: Sequence[Program]) -> bool:
        return bool(piece) and self.tune.allowed(ticket, len(piece)) >= len(piece)

    def _most(self, elapsed_s: float) -> int:
        """Return how many variants are expected to end before the reply comes, or so soon that it
        does not matter.
        """
        left = PIECE_S if self._call_s is None else min(PIECE_S, self._call_s - elapsed_s)
        return int(max(left, QUICK_S) / max(self._variant_s, 1e-3))

    async def _measure(self, search: NumberSearch, piece: list[Program], spent: Spent) -> None:
        """Measure variants, and learn how long one takes: at least twice as long, where it is
        broken off.
        """
        spent.trials += len(piece)
        began, known = time.perf_counter(), self._variant_s
        self._variant_s = 2 * known
        try:
            self._scores += await self.tune.measured(search, piece)
            took = (time.perf_counter() - began) / len(piece)
            self._variant_s = known + LEARNT * (took - known)
        finally:
            spent.seconds += time.perf_counter() - began

    def _next(self, search: NumberSearch) -> bool:
        """Draw the next generation; False when there is none."""
        self._scores = []
        left = self.tune.variants - search.tried
        self._waiting = search.ask(left) if search.stale < self.tune.patience else []
        return bool(self._waiting)

    def _finish(self, search: NumberSearch) -> None:
        ended = self.tune.ended(self._blank, search)
        self.ready = ended if ended.patch else None
        self._search = self.number = None


def _raise(error: BaseException | None) -> None:
    """Raise what broke a tuning; a sandbox that is away is waited for by the next evaluation."""
    if error is not None and not isinstance(error, WorldAway):
        raise error
