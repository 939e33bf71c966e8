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

from cladogen.display import words
from cladogen.display.lines import OutcomeCounts, Ticker
from cladogen.events import Ending, Progress, Told

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

    from cladogen.problem import Metric

REFRESHES = 4  # a second
WINDOW_S = 5.0  # over which results are counted
LINES = 10  # results of one window that scroll by one after the other
BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.-=+*#@"


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
        self._total, self._window = OutcomeCounts(), OutcomeCounts()
        self._shown, self._rush = 0, False
        self._improved: list[tuple[float, float]] = []
        self._tickers = (
            Ticker(1 / REFRESHES, self._draw, now),
            Ticker(WINDOW_S, self._next_window, now),
        )

    # -- the observer

    def begin(self, header: list[tuple[str, str]]) -> None:
        self._fit()
        for name, text in header:
            self._line(name, text, "dim")
        self._block.start()
        for ticker in self._tickers:
            ticker.start()

    def told(self, event: Told, progress: Callable[[], Progress]) -> None:
        self._progress = progress
        self._total.add(event)
        score = event.result.score
        if event.best and score is not None and score.fitness is not None:
            self._improved.append((self._now(), score.fitness))
        if event.best or (not self._rush and self._shown < LINES):
            self._shown += 1
            self._result(event, progress)
        else:
            self._window.add(event)
        for ticker in self._tickers:
            ticker.poke()

    def notice(self, text: str) -> None:
        self._line("notice", words.one_line(text), "yellow")

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None:
        self._next_window()
        self.close()
        now = progress()
        for line in words.winner_lines(ending, now.folder):
            self._console.print(
                line, style="green" if line.startswith("---") else None, soft_wrap=True
            )
        for name, text in words.ending_lines(ending, now):
            self._line(name, text, "bold green" if name in ("best", "verdict") else None)

    def close(self) -> None:
        for ticker in self._tickers:
            ticker.stop()
        self._block.stop()

    # -- what scrolls

    def _result(self, event: Told, progress: Callable[[], Progress]) -> None:
        self._metric = self._metric or progress().objective
        style = "bold green" if event.best else ("red" if words.failure(event.result) else None)
        line = words.told_line(event, self._metric, self._console.width - 1)
        self._console.print(line, style=style, no_wrap=True, overflow="ellipsis", crop=True)

    def _next_window(self) -> None:
        """Say in a line what came in the window and did not scroll by itself."""
        if self._window.results:
            text = f"… {words.plural(self._window.results, 'result')}: {self._window}"
            self._console.print(text, style="dim", no_wrap=True, overflow="ellipsis", crop=True)
        self._rush = self._window.results > LINES
        self._shown, self._window = 0, OutcomeCounts()

    def _line(self, name: str, text: str, style: str | None = None) -> None:
        from rich.text import Text

        line = Text.assemble((f"{name:<9} ", "bold"), (words.printable(text), style or ""))
        self._console.print(line, soft_wrap=True)

    # -- the block

    def _fit(self) -> None:
        """Take the size of this very terminal, which may have changed."""
        from rich.console import ConsoleDimensions

        with contextlib.suppress(OSError, ValueError):
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

        rows = {
            "best": self._best(progress),
            "trend": self._trend(),
            "spent": words.spent(progress.spend),
            "archive": _archive(progress),
            "failed": ", ".join(
                f"{count} {cause}" for cause, count in self._total.failures.most_common(6)
            ),
            "work": self._work(progress),
        }
        rule = Text(
            "─" * max(1, self._console.width - 1), style="dim", no_wrap=True, overflow="crop"
        )
        return Group(rule, *(_row(name, text) for name, text in rows.items() if text))

    def _best(self, progress: Progress) -> str:
        metric = progress.objective
        if progress.best is None or progress.best_fitness is None:
            return "no score yet"
        seed = words.amount(metric, progress.seed_fitness)
        words_ = words.gain(metric, progress.gain, progress.noise)
        return (
            f"#{progress.best}  {metric.name} {words.amount(metric, progress.best_fitness)}  "
            f"seed {seed}  {words_}"
        )

    def _trend(self) -> str:
        return sparkline(self._improved, self._now(), self._bars)

    def _work(self, progress: Progress) -> str:
        if progress.seconds_left == 0.0 and not progress.busy:
            return "choosing what ships: the short list is measured on the held-out cases"
        parts = [
            f"{progress.busy} of {progress.slots} workers busy",
            words.duration(progress.spend.seconds),
        ]
        if (left := _time_left(progress)) is not None:
            parts.append(f"about {words.duration(left)} left")
        return ", ".join([*parts, "Ctrl-C ends it, the same command goes on"])


def sparkline(
    steps: list[tuple[float, float]], now: float, bars: str = BARS, width: int = 32
) -> str:
    """Draw the best so far over time as bars; ``steps`` are (time, best) of each improvement."""
    if len(steps) < 2:
        return ""
    start, low, high = steps[0][0], steps[0][1], steps[-1][1]
    if now <= start or high <= low:
        return ""
    line, at = [], 0
    for place in range(width):
        moment = start + (now - start) * (place + 1) / width
        while at + 1 < len(steps) and steps[at + 1][0] <= moment:
            at += 1
        share = (steps[at][1] - low) / (high - low)
        line.append(bars[min(len(bars) - 1, int(share * len(bars)))])
    return "".join(line)


def _archive(progress: Progress) -> str:
    view = progress.archive
    cells = (
        f"{view.filled} of {view.cells} cells filled"
        if view.cells and view.filled is not None
        else ""
    )
    islands = f"islands {' '.join(map(str, view.islands))}" if view.islands else ""
    moved = words.plural(view.migrations, "migration") if view.migrations else ""
    more = "" if islands else "".join(view.lines[:1])
    return ", ".join(part for part in (f"{view.kept} kept", cells, islands, moved, more) if part)


def _time_left(progress: Progress) -> float | None:
    spend, estimates = progress.spend, []
    if progress.seconds_left is not None:
        estimates.append(progress.seconds_left)
    if progress.evaluations_left is not None and spend.evaluations:
        estimates.append(progress.evaluations_left * spend.seconds / spend.evaluations)
    return min(estimates, default=None)


def _row(name: str, text: str) -> Text:
    from rich.text import Text

    style = {"best": "bold green", "failed": "red"}.get(name, "")
    return Text.assemble((f"{name:<9} ", "bold"), (text, style), no_wrap=True, overflow="ellipsis")
