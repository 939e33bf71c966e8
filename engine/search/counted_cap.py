"""A hard cap on a count of things: what a task may take is reserved before it begins, charged when
it is made, and settled when the task is over, which gives the rest back.

What is charged counts at once, whether or not its result is recorded. What is reserved may come
back, so a task that nothing but work in flight stands in the way of waits for it; one that cannot
fit any more is not begun.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable


class CountedCap:
    """How many there may still be; ``cap`` None: as many as it likes. Tasks go by their tickets."""

    def __init__(self, cap: int | None) -> None:
        self.cap = cap
        self.settled = 0
        self.lacking: int | None = None  # what the first task that did not fit would have needed
        self._charged: Counter[int] = Counter()  # made, and not settled yet
        self._reserved: Counter[int] = Counter()
        self._trials: Counter[int] = Counter()  # reserved for what a proposer tries
        self._changed = asyncio.Event()

    @property
    def spent(self) -> int:
        """How many were made."""
        return self.settled + self._charged.total()

    def left(self) -> int | None:
        """Return how many are neither made nor reserved; None without a cap."""
        reserved = self._reserved.total() + self._trials.total()
        return None if self.cap is None else max(0, self.cap - self.spent - reserved)

    async def reserve(self, ticket: int, most: int) -> bool:
        """Reserve ``most`` for a task, in place of what it had; False when they cannot fit any
        more.
        """
        while not self.reserve_now(ticket, most):
            assert self.cap is not None
            if self.spent + self._trials[ticket] + most > self.cap:
                self.lacking = most
                return False
            await self.change()
        return True

    def reserve_now(self, ticket: int, most: int) -> bool:
        """Reserve ``most`` for a task, in place of what it had; False when they do not fit now."""
        if self.cap is not None and self.spent + self._others(ticket) + most > self.cap:
            return False
        self._reserved[ticket] = most
        return True

    @property
    def in_flight(self) -> int:
        """How many are reserved, or made and not settled yet."""
        return self._reserved.total() + self._trials.total() + self._charged.total()

    @property
    def waits(self) -> bool:
        """Whether nothing is left, but something might come back when work in flight ends."""
        return self.left() == 0 and self.in_flight > 0

    def hold(self, cap: int | None) -> None:
        """Hold another cap from now on; who waits looks again."""
        self.cap, self.lacking = cap, None
        self._changed.set()

    async def change(self) -> None:
        """Wait until something is given back, charged or settled."""
        self._changed.clear()
        await self._changed.wait()

    def reserve_trials(self, ticket: int, most: int) -> None:
        """Reserve what a proposer tries while it looks for a proposal; it stops nobody for good."""
        self._trials[ticket] += most

    def charge_trials(self, ticket: int, count: int) -> None:
        """Count what a proposer tried; the proposal is there, and will be evaluated."""
        self._trials.pop(ticket, None)
        self._charged[ticket] += count
        self._changed.set()

    def charge(self, ticket: int, count: int) -> None:
        """Count what was just made; the task gives back what it had reserved for it."""
        self._charged[ticket] += count
        self.give_back(ticket)

    def settle(self, ticket: int, count: int) -> None:
        """Count what a recorded result took, in place of what was charged for it."""
        self.settled += count
        self._charged.pop(ticket, None)
        self._trials.pop(ticket, None)
        self._changed.set()

    def settle_all(self, tickets: Iterable[int], count: int) -> None:
        """Count what the recorded results of these tasks took together."""
        self.settled += count
        if self._charged or self._trials:
            for ticket in tickets:
                self._charged.pop(ticket, None)
                self._trials.pop(ticket, None)
        self._changed.set()

    def give_back(self, ticket: int) -> None:
        """Give back what a task had reserved."""
        self._reserved.pop(ticket, None)
        self._changed.set()

    def _others(self, ticket: int) -> int:
        """Return what is reserved, except by a task for what it is about to begin."""
        return self._reserved.total() - self._reserved[ticket] + self._trials.total()
