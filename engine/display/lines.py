"""What a log shows of a run: plain lines; and which display fits a stream."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from cladogen.display.sentences import at_a_glance, is_seed, result_line
from cladogen.display.ticker import Ticker
from cladogen.display.whole_tally import WholeTally
from cladogen.events import Ending, Observer, Progress, Told
from cladogen.formatting import named, one_line

if TYPE_CHECKING:
    from cladogen.problem import Metric

HEARTBEAT_S = 10.0


def make_observer(
    *, json: bool = False, plain: bool = False, stream: TextIO | None = None
) -> Observer:
    """Return the observer that fits ``stream`` (standard output): a live block only where it can be
    drawn.
    """
    stream = sys.stdout if stream is None else stream
    if json:
        from cladogen.display.json_lines import JsonLines

        return JsonLines(stream)
    if plain or not stream.isatty() or os.environ.get("TERM", "dumb") in ("dumb", ""):
        return Plain(stream)
    from cladogen.display.live import Live

    return Live(stream)


class Plain:
    """Lines for a log: the header, every improvement, a heartbeat, notices, the ending."""

    def __init__(
        self,
        stream: TextIO,
        now: Callable[[], float] = time.monotonic,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._stream = stream
        self._tally = WholeTally()
        self._progress: Callable[[], Progress] | None = None
        self._metric: Metric | None = None
        self._ticker = Ticker(heartbeat_s, self._heartbeat, now)
        self._opened: list[tuple[str, str]] = []

    def opening(self, header: list[tuple[str, str]]) -> None:
        for name, text in header:
            self._line(name, text)
        self._opened = header

    def begin(self, header: list[tuple[str, str]]) -> None:
        for row in header:
            if row not in self._opened:
                self._line(*row)
        self._ticker.start()

    def told(self, event: Told, progress: Callable[[], Progress]) -> None:
        self._tally.add(event, progress)
        self._progress = progress
        if event.best or is_seed(event):
            self._metric = self._metric or progress().objective
            name = "seed" if is_seed(event) else "better"
            self._line(name, result_line(event, self._metric))
        self._ticker.poke()

    def notice(self, text: str) -> None:
        self._line("notice", one_line(text))

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None:
        from cladogen.display.closing import closing_lines, shipped_lines

        self.close()
        now = progress()
        for line in shipped_lines(ending, now.folder):
            self._stream.write(line + "\n")
        for name, text in closing_lines(ending, now, self._tally.tally(now)):
            self._line(name, text)

    def close(self) -> None:
        self._ticker.stop()

    def _heartbeat(self) -> None:
        if self._progress is not None:
            now = self._progress()
            self._line("running", at_a_glance(now, self._tally.tally(now)))

    def _line(self, name: str, text: str) -> None:
        self._stream.write(named(name, text) + "\n")
        self._stream.flush()
