"""Slots for concurrent work: keep them busy until a reason to stop, and end within a deadline.

Ctrl-C once stops asking and lets work in flight end; twice cancels it. What is cancelled stays an
open task in the record, to be taken up when the run is resumed.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from cladogen.ledger import Stop
from cladogen.search.clock import Clock, Unhurried
from cladogen.search.interrupts import answered_by, die

Item = TypeVar("Item")

INTERRUPTED = Stop("interrupted", "interrupted")
MOST_INTERRUPTS = 2
LEAST_S = 2.0  # for cancelled work to give back what it holds


class Workers:
    """Run up to ``slots`` pieces of work at once; ``grace_s`` is how long work in flight may take
    after the end, less where ``clock`` says so.
    """

    def __init__(self, slots: int, grace_s: float = 60.0, clock: Clock | None = None) -> None:
        self.slots = slots
        self._grace_s = grace_s
        self._clock = clock or Unhurried()
        self.interrupts = 0
        self.awaiting = 0  # pieces of work that wait for a person: no grace ends for them
        self.stopping = asyncio.Event()  # set by the first interrupt
        self._busy: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    @property
    def busy(self) -> int:
        return len(self._busy)

    @property
    def grace_s(self) -> float:
        """How long work in flight may take after the end: at most half of what the clock still
        allows, for something comes after it.
        """
        left = self._clock.closing_s()
        return self._grace_s if left is None else min(self._grace_s, left / 2)

    @property
    def _letting_go_s(self) -> float:
        """How long cancelled work may take to give back what it holds."""
        return max(LEAST_S, self.grace_s)

    async def steady(
        self, step: Callable[[], Awaitable[None]], until: Callable[[], Stop | None]
    ) -> Stop:
        """Keep every slot at a step until ``until`` gives a reason, then wait for the steps in
        flight.

        An exception of a step ends the others and is raised.
        """
        try:
            while (reason := self._interrupted() or until()) is None:
                if len(self._busy) < self.slots:
                    self._start(step())
                    await asyncio.sleep(0)
                else:
                    await self._wait(self._clock.seconds_left())
                self._raise()
            await self._drain()
        finally:
            await self._cancel()
        return reason

    async def each(self, work: Callable[[Item], Awaitable[None]], items: Sequence[Item]) -> None:
        """Do ``work`` for every item, however long each takes; stops early, leaving the rest, when
        interrupted or when the clock's seconds are used up.
        """
        rest = list(items)
        try:
            while (
                (rest or self._busy)
                and self._interrupted() is None
                and self._clock.seconds_left() != 0.0
            ):
                if rest and len(self._busy) < self.slots:
                    self._start(work(rest.pop(0)))
                else:
                    await self._wait(self._clock.seconds_left())
                self._raise()
            await self._drain()
        finally:
            await self._cancel()

    async def unless_interrupted(
        self, work: Coroutine[Any, Any, Item], *, timed: bool = False
    ) -> Item | None:
        """Do a piece of work by itself; None when an interrupt for an end at once, or the end of
        the clock's time where it is ``timed``, comes before it is done.
        """
        clock = self._clock if timed else Unhurried()
        task = asyncio.ensure_future(work)
        try:
            while not task.done() and self.interrupts < 2 and clock.closing_s() != 0.0:
                await self._wait_for({task}, clock.closing_s())
        finally:
            if not (finished := task.done()):
                task.cancel()
                await asyncio.wait({task}, timeout=self._letting_go_s)
        return task.result() if finished else None

    @contextlib.contextmanager
    def listening(self, heard: Callable[[int], None] = lambda times: None) -> Iterator[None]:
        """Turn SIGINT and SIGTERM into interrupts while the block runs; the third ends the process.

        ``heard`` is called at once, with how many came so far.
        """

        def answer(number: signal.Signals) -> None:
            self.interrupt()
            heard(self.interrupts)
            if self.interrupts > MOST_INTERRUPTS:
                die(number)

        with answered_by(answer):
            yield

    def interrupt(self) -> None:
        """Ask for an end; a second time, at once."""
        self.interrupts += 1
        self.stopping.set()
        self._woken.set()
        if self.interrupts > 1:
            for task in self._busy:
                task.cancel()

    def _interrupted(self) -> Stop | None:
        return INTERRUPTED if self.interrupts else None

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._busy.add(task)
        task.add_done_callback(lambda done: self._woken.set())

    async def _wait(self, timeout_s: float | None = None) -> None:
        """Wait until a piece of work ends or an interrupt comes, with as much work for many slots
        as for one.
        """
        self._woken.clear()
        if any(task.done() for task in self._busy):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._woken.wait()

    async def _wait_for(
        self, tasks: Iterable[asyncio.Task[Any]], timeout_s: float | None = None
    ) -> None:
        self._woken.clear()
        woken = asyncio.ensure_future(self._woken.wait())
        try:
            await asyncio.wait(
                {*tasks, woken}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()

    def _raise(self) -> None:
        for task in [task for task in self._busy if task.done()]:
            self._busy.discard(task)
            if not task.cancelled():
                task.result()

    async def _drain(self) -> None:
        deadline = asyncio.get_running_loop().time() + self.grace_s
        while self._busy and self.interrupts < 2:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 and not self.awaiting:
                break
            await self._wait(None if self.awaiting else left)
            self._raise()

    async def _cancel(self) -> None:
        for task in self._busy:
            task.cancel()
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._letting_go_s)
        self._busy.clear()
