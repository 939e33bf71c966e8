"""Something that is done again and again while a run goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Ticker:
    """Do something every ``interval_s`` seconds: by the event loop where one runs, and whenever it
    is `poke`d.

    What takes long is done less often: it gets a twentieth of the time at most.
    """

    def __init__(
        self,
        interval_s: float,
        action: Callable[[], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval_s, self._action, self._now = interval_s, action, now
        self._due = now() + interval_s
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # nobody waits here, so poking is enough
            return
        self._timer = loop.call_later(self._interval_s, self._tick)

    def poke(self) -> None:
        began = self._now()
        if began >= self._due:
            self._action()
            now = self._now()
            self._due = now + max(self._interval_s, 20 * (now - began))

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self.poke()
        self.start()
