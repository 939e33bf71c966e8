"""The limiter: one way to a model, shared by every coroutine that calls it.

It keeps the number of calls in flight, the pauses that the provider asked for, and whether the
provider is away. While it is away one call at a time is let through, to see whether it is back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from cladogen.errors import ModelError

Sleep = Callable[[float], Awaitable[None]]
SHORT_S = 5.0  # a shorter absence is not worth a line


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a provider is waited for, in seconds.

    ``idle_s`` bounds the silence between two pieces of a reply, ``deadline_s`` one call,
    ``outage_s`` how long a provider may be away, or refuse everything as too much, before its
    models are given up. ``attempts`` bounds how often one request is made when its replies break
    off. The pause before retry k is drawn from ``[0, first_s * 2^k]``, at most ``longest_s`` (full
    jitter), unless the provider says how long to wait.
    """

    attempts: int = 6
    first_s: float = 1.0
    longest_s: float = 30.0
    idle_s: float = 600.0
    deadline_s: float = 3600.0
    outage_s: float = 900.0
    at_once: int = 64


class ProviderGone(ModelError):  # noqa: N818  (a state, not an error)
    """A provider that has been away for longer than anybody waits."""


class Limiter:
    """Let at most ``at_once`` calls through, none while the provider asked for a pause, and one
    at a time while it is away.
    """

    def __init__(
        self,
        at_once: int,
        *,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slots, self._trying = asyncio.Semaphore(at_once), asyncio.Lock()
        self._sleep, self._now = sleep, now
        self._until = 0.0
        self._away_since: float | None = None
        self._failures = 0
        self._holder: asyncio.Task[object] | None = None  # who tries whether it is back
        self.gone = ""  # why no call is let through any more
        self.said_away = False  # whether the user was told that it is away

    @property
    def away(self) -> bool:
        return self._away_since is not None

    @property
    def away_s(self) -> float:
        """How long the provider has been away, in seconds."""
        return 0.0 if self._away_since is None else self._now() - self._away_since

    @property
    def failures(self) -> int:
        """How many calls in a row found it away."""
        return self._failures

    def pause(self, seconds: float) -> None:
        """Let no call through for a while; the longest pause asked for counts."""
        self._until = max(self._until, self._now() + seconds)

    def failed(self) -> None:
        """Note that a call found the provider away, or too busy to answer."""
        self._failures += 1
        if self._away_since is None:
            self._away_since = self._now()

    def answered(self) -> float:
        """Note that a call was answered; return how long the provider had been away."""
        was = self.away_s
        self._away_since, self._failures = None, 0
        return was

    async def __aenter__(self) -> None:
        await self._slots.acquire()
        try:
            while await self._turn():
                pass
        except BaseException:
            self._leave()
            raise

    async def _turn(self) -> bool:
        """Wait for a turn; True when something has changed meanwhile and it must be waited anew."""
        mine = asyncio.current_task()
        await self._hold_while_away(mine)
        if self.gone:
            raise ProviderGone(self.gone)
        left = self._until - self._now()
        if left > 0:
            await self._sleep(left)
            return True
        return self.away and self._holder is not mine

    async def _hold_while_away(self, mine: asyncio.Task[Any] | None) -> None:
        """Wait to be the one task that tries a provider that is away; cease when it is back."""
        if self.away and self._holder is not mine:
            await self._trying.acquire()
            self._holder = mine
        if not self.away and self._holder is mine:
            self._let_go()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def _let_go(self) -> None:
        self._holder = None
        self._trying.release()

    def _leave(self) -> None:
        if self._holder is asyncio.current_task() and self._trying.locked():
            self._let_go()
        self._slots.release()
