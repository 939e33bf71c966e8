"""Time share: how long some work may take beside everything else that a search does."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

FREE_S = 20.0  # seconds that are not counted, so that short work is never held back


class TimeShare:
    """Counts the seconds during which some work goes on, once or several times over, and says
    whether they are less than ``share`` of those since it was made. A share of 1 is no bound.
    """

    def __init__(self, share: float, now: Callable[[], float] = time.monotonic) -> None:
        self.share, self._now = share, now
        self._start, self._spent = now(), 0.0
        self._running = 0  # pieces of work in hand
        self._began = 0.0  # when the first of them did

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Count the seconds of the block, those of several blocks at once but once."""
        if not self._running:
            self._began = self._now()
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                self._spent += self._now() - self._began

    def is_left(self) -> bool:
        """Tell whether the work may go on."""
        now = self._now()
        spent = self._spent + (now - self._began if self._running else 0.0)
        return spent <= max(FREE_S, self.share * (now - self._start))
