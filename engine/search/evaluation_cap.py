"""The hard cap on evaluations: what a task may take is held before it begins, and what it left is
given back.

Evaluations that are made count at once, whether or not they were told. What is only held may come
back, so a task that nothing but work in flight stands in the way of waits for it; one that cannot
fit any more is not begun.
"""

from __future__ import annotations

import asyncio
from collections import Counter


class EvaluationCap:
    """How many evaluations a run may still make; ``cap`` None: as many as it likes. Tasks go by
    their tickets.
    """

    def __init__(self, cap: int | None) -> None:
        self.cap = cap
        self.told = 0
        self.needed: int | None = None  # what the first task that did not fit would have needed
        self._made: Counter[int] = Counter()  # not told yet
        self._held: Counter[int] = Counter()  # may be made yet
        self._trying: Counter[int] = Counter()  # may be made yet, by a proposer
        self._changed = asyncio.Event()

    @property
    def spent(self) -> int:
        """Evaluations made."""
        return self.told + self._made.total()

    def left(self) -> int | None:
        """Return how many evaluations are neither made nor held; None without a cap."""
        held = self._held.total() + self._trying.total()
        return None if self.cap is None else max(0, self.cap - self.spent - held)

    async def hold(self, ticket: int, most: int) -> bool:
        """Hold ``most`` evaluations for a task, instead of what it held; False when they cannot fit
        any more.
        """
        while self.cap is not None and self.spent + self._others(ticket) + most > self.cap:
            if self.spent + self._trying[ticket] + most > self.cap:
                self.needed = most
                return False
            await self._change()
        self._held[ticket] = most
        return True

    async def vacant(self) -> None:
        """Wait while there is no room, but might be when work in flight ends."""
        while self.left() == 0 and self._held.total() + self._trying.total():
            await self._change()

    def try_on(self, ticket: int, most: int) -> None:
        """Hold evaluations for what a proposer tries while it looks for a proposal; they stop
        nobody for good.
        """
        self._trying[ticket] += most

    def tried(self, ticket: int, count: int) -> None:
        """Count what a proposer tried; the proposal is there, and will be evaluated."""
        del self._trying[ticket]
        self._made[ticket] += count
        self._changed.set()

    def make(self, ticket: int, count: int) -> None:
        """Count evaluations just made; the task gives back what it held for them."""
        self._made[ticket] += count
        self.release(ticket)

    def tell(self, ticket: int, count: int) -> None:
        """Count a told result: its evaluations, tried ones too, are no longer untold."""
        self.told += count
        del self._made[ticket]
        del self._trying[ticket]
        self._changed.set()

    def release(self, ticket: int) -> None:
        """Give back what a task held."""
        del self._held[ticket]
        self._changed.set()

    def _others(self, ticket: int) -> int:
        """Return what is held, except by a task for what it is about to begin."""
        return self._held.total() - self._held[ticket] + self._trying.total()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
