"""The display on a terminal: results scroll by above a small block that tells how the run stands.

The block is drawn at most `REFRESHES` times a second and from the event loop's own thread, so that
it never reads a run in mid-step. When results come faster than a person reads, only improvements
and sums scroll.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from cladogen.display.block import block_rows
from cladogen.display.sentences import result_line, tally_words
from cladogen.display.ticker import Ticker
from cladogen.display.trend import ASCII_BARS, BARS, sparkline
from cladogen.display.whole_tally import WholeTally
from cladogen.events import Ending, Progress, Told
from cladogen.formatting import named, plural, printable
from cladogen.record.credit import Tally, cause_of

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

    from cladogen.problem import Metric

REFRESHES = 4  # a second
WINDOW_S = 5.0  # over which results are counted
LINES = 10  # results of one window that scroll by one after the other


class Live:
    """Watch a run on a terminal."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        from rich.console import Console
        from rich.live import Live as Block

        self._now, self._stream = now, stream
        self._console = Console(
            file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False
        )
        self._block = Block(
            console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop"
        )
        self._bars = BARS if "utf" in (stream.encoding or "").lower() else ASCII_BARS
        self._progress: Callable[[], Progress] | None = None
        self._metric: Metric | None = None
        self._total, self._window = WholeTally(), Tally()
        self._shown, self._rush = 0, False
        self._opened: list[tuple[str, str]] = []
        self._improved: list[tuple[float, float]] = []
        self._tickers = (
            Ticker(1 / REFRESHES, self._draw, now),
            Ticker(WINDOW_S, self._next_window, now),
        )

    # -- the observer

    def opening(self, header: list[tuple[str, str]]) -> None:
        self._fit()
        for name, text in header:
            self._line(name, text, "dim")
        self._opened = header

    def begin(self, header: list[tuple[str, str]]) -> None:
        self._fit()
        for row in header:
            if row not in self._opened:
                self._line(*row, "dim")
        self._block.start()
        for ticker in self._tickers:
            ticker.start()

    def told(self, event: Told, progress: Callable[[], Progress]) -> None:
        self._progress = progress
        self._total.add(event, progress)
        fitness = event.result.fitness
        if event.best and fitness is not None:
            self._improved.append((self._now(), fitness))
        if event.best or (not self._rush and self._shown < LINES):
            self._shown += 1
            self._result(event, progress)
        else:
            self._window.add(event)
        for ticker in self._tickers:
            ticker.poke()

    def notice(self, text: str) -> None:
        self._line("notice", " ".join(text.split()), "yellow")

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None:
        from cladogen.display.closing import closing_lines, shipped_lines

        self._next_window()
        self.close()
        now = progress()
        for line in shipped_lines(ending, now.folder):
            style = "green" if line.startswith("---") else None
            self._console.print(line, style=style, soft_wrap=True)
        for name, text in closing_lines(ending, now, self._total.tally(now)):
            self._line(name, text, "bold green" if name in ("best", "verdict") else None)

    def close(self) -> None:
        for ticker in self._tickers:
            ticker.stop()
        self._block.stop()

    # -- what scrolls

    def _result(self, event: Told, progress: Callable[[], Progress]) -> None:
        self._metric = self._metric or progress().objective
        failed = "red" if cause_of(event.result) else None
        line = result_line(event, self._metric, self._console.width - 1)
        self._scroll(line, "bold green" if event.best else failed)

    def _next_window(self) -> None:
        """Say in a line what came in the window and did not scroll by itself."""
        counted = self._window.results
        if counted:
            self._scroll(f"… {plural(counted, 'result')}: {tally_words(self._window)}", "dim")
        self._rush = counted > LINES
        self._shown, self._window = 0, Tally()

    def _scroll(self, line: str, style: str | None) -> None:
        self._console.print(line, style=style, no_wrap=True, overflow="ellipsis", crop=True)

    def _line(self, name: str, text: str, style: str | None) -> None:
        from rich.text import Text

        line = Text.assemble((named(name, ""), "bold"), (printable(text), style or ""))
        self._console.print(line, soft_wrap=True)

    # -- the block

    def _fit(self) -> None:
        """Take the size of this very terminal, which may have changed."""
        from rich.console import ConsoleDimensions

        with contextlib.suppress(OSError, ValueError, AttributeError):
            columns, lines = os.get_terminal_size(self._stream.fileno())
            if columns and lines:
                self._console.size = ConsoleDimensions(columns, lines)

    def _draw(self) -> None:
        if self._progress is not None and self._block.is_started:
            self._fit()
            self._block.update(self._lines(self._progress()), refresh=True)

    def _lines(self, progress: Progress) -> Group:
        from rich.console import Group
        from rich.text import Text

        trend = sparkline(self._improved, self._now(), self._bars)
        rows = block_rows(progress, self._total.tally(progress), trend)
        across = "─" * max(1, self._console.width - 1)
        rule = Text(across, style="dim", no_wrap=True, overflow="crop")
        return Group(rule, *(_row(name, text) for name, text in rows.items() if text))


def _row(name: str, text: str) -> Text:
    from rich.text import Text

    style = {"best": "bold green", "failed": "red"}.get(name, "")
    cells = ((named(name, ""), "bold"), (text, style))
    return Text.assemble(*cells, no_wrap=True, overflow="ellipsis")
