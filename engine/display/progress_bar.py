"""How far long work is, and about how long the rest takes: a line that is written over on a
terminal, a plain line now and then elsewhere, nothing where the output is for a program.

The estimate takes the pace so far, and no better one than the unit in hand allows: while that takes
longer than those before it, the estimate grows instead of staying at a second.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from cladogen.display.ticker import Ticker
from cladogen.formatting import duration

LEAST = 2  # units from which a pace is taken
SOONEST_S = 0.7  # work that is over sooner shows nothing
REDRAW_S = 0.2
FIRST_LINE_S = 10.0  # where no terminal is
WIDTH = 24  # of the bar itself


def time_left(done: int, total: int, last_s: float, now_s: float) -> float | None:
    """Return about how many seconds the rest takes, None where too little is known.

    ``last_s`` is when the last unit was done and ``now_s`` is now, both since the work began.
    """
    if done < LEAST or done >= total:
        return None
    rest, waited = total - done, now_s - last_s
    slower = now_s / (done + 1)  # the pace if the next unit were done now
    return max(last_s / done * rest - waited, slower * (rest - 1))


class ProgressBar:
    """Count what is done of ``total`` units; a context, which clears its line at the end.

    ``quiet`` shows nothing at all. ``what`` is the work and ``unit`` what is counted, as in
    "evaluate: 3 of 12 calls". Units that turn out to be more or fewer are no error.
    """

    def __init__(
        self,
        what: str,
        unit: str,
        total: int = 0,
        *,
        quiet: bool = False,
        stream: TextIO | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.what, self.unit, self.total, self.quiet = what, unit, total, quiet
        self.done = 0
        self._stream, self._now = stream or sys.stderr, now
        self._began = now()
        self._last_s = 0.0
        self._drawn = False
        self._line_s = FIRST_LINE_S
        self._live = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._ticker = Ticker(REDRAW_S if self._live else 1.0, self._show, now)

    def __enter__(self) -> ProgressBar:
        if not self.quiet:
            self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ticker.stop()
        self._clear()

    def begin(self, total: int) -> None:
        """Say how many units there are, once that is known; the time counts from here."""
        self.total, self.done, self._last_s = total, 0, 0.0
        self._began = self._now()

    def step(self, many: int = 1) -> None:
        """Count units that are done."""
        self.done += many
        self._last_s = self._now() - self._began
        if not self.quiet:
            self._ticker.poke()

    def say(self, text: str) -> None:
        """Print a line on standard error, above the bar where there is one."""
        self._clear()
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def text(self) -> str:
        """Return how far the work is, in words."""
        taken = self._now() - self._began
        left = time_left(self.done, self.total, self._last_s, taken)
        words = "" if left is None else f", about {duration(left)} left"
        most = max(self.total, self.done)
        return f"{self.what}: {self.done} of {most} {self.unit}, {duration(taken)}{words}"

    def _show(self) -> None:
        taken = self._now() - self._began
        if not self.total or taken < SOONEST_S:
            return
        if self._live:
            self._draw()
        elif taken >= self._line_s:
            self._line_s = 1.7 * taken
            self._stream.write(f"{self.text()}\n")
            self._stream.flush()

    def _draw(self) -> None:
        columns = shutil.get_terminal_size((80, 24)).columns
        full = round(WIDTH * min(1.0, self.done / self.total))
        line = f"[{'#' * full}{'.' * (WIDTH - full)}] {self.text()}"
        self._stream.write(f"\r\x1b[2K{line[: columns - 1]}")
        self._stream.flush()
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._drawn = False
