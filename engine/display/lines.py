"""What a person, a log or a program sees of a run: a live block, plain lines, or JSON lines."""

from __future__ import annotations

import asyncio
import json as json_text
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TextIO

from cladogen.archives.base import Standing
from cladogen.display import words
from cladogen.events import Ending, Observer, Progress, Told

HEARTBEAT_S = 10.0


def make_observer(
    *, json: bool = False, plain: bool = False, stream: TextIO | None = None
) -> Observer:
    """Return the observer that fits ``stream`` (standard output): a live block only where it can be
    drawn.
    """
    import os

    stream = sys.stdout if stream is None else stream
    if json:
        return JsonLines(stream)
    if plain or not stream.isatty() or os.environ.get("TERM", "dumb") in ("dumb", ""):
        return Plain(stream)
    from cladogen.display.live import Live

    return Live(stream)


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


class OutcomeCounts:
    """Counts of what was told: kept, not kept, and failures by cause."""

    def __init__(self) -> None:
        self.results = 0
        self.failures: Counter[str] = Counter()
        self.standings: Counter[Standing] = Counter()

    def add(self, event: Told) -> None:
        self.results += 1
        cause = words.failure(event.result)
        if cause:
            self.failures[cause] += 1
        else:
            self.standings[event.standing] += 1

    def __str__(self) -> str:
        kept = self.standings[Standing.NEW] + self.standings[Standing.IMPROVED]
        parts = [f"{kept} kept", f"{self.standings[Standing.REJECTED]} not kept"]
        if self.standings[Standing.NOTED]:
            parts.append(f"{self.standings[Standing.NOTED]} measured")
        return ", ".join(
            [*parts, *(f"{count} {cause}" for cause, count in self.failures.most_common())]
        )


class Plain:
    """Lines for a log: the header, every improvement, a heartbeat, notices, the ending."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._tally = OutcomeCounts()
        self._progress: Callable[[], Progress] | None = None
        self._metric: Any = None
        self._ticker = Ticker(HEARTBEAT_S, self._heartbeat, now)

    def begin(self, header: list[tuple[str, str]]) -> None:
        for name, text in header:
            self._line(name, text)
        self._ticker.start()

    def told(self, event: Told, progress: Callable[[], Progress]) -> None:
        self._tally.add(event)
        if event.best or self._progress is None:
            self._metric = progress().objective if self._metric is None else self._metric
            self._line(
                "seed" if self._progress is None else "better", words.told_line(event, self._metric)
            )
        self._progress = progress
        self._ticker.poke()

    def notice(self, text: str) -> None:
        self._line("notice", words.one_line(text))

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None:
        now = progress()
        for line in words.winner_lines(ending, now.folder):
            self._stream.write(line + "\n")
        for name, text in words.ending_lines(ending, now):
            self._line(name, text)

    def close(self) -> None:
        self._ticker.stop()

    def _heartbeat(self) -> None:
        if self._progress is not None:
            self._line("running", _at_a_glance(self._progress()) + f"; {self._tally}")

    def _line(self, name: str, text: str) -> None:
        self._stream.write(f"{name:<9} {text}\n")
        self._stream.flush()


class JsonLines:
    """One JSON object a line: begin, told, notice, end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, header: list[tuple[str, str]]) -> None:
        self._write("begin", header=dict(header))

    def told(self, event: Told, progress: Callable[[], Progress]) -> None:
        result, score = event.result, event.result.score
        self._write(
            "told",
            ticket=result.task.ticket,
            outcome=result.outcome.value,
            program=result.program,
            parents=list(result.parents),
            operator=result.operator,
            standing=event.standing.value,
            best=event.best,
            status=None if score is None else score.status.value,
            metrics={} if score is None else dict(score.metrics),
            reason=result.reason,
            cost_usd=result.cost_usd,
        )

    def notice(self, text: str) -> None:
        self._write("notice", text=text)

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None:
        final = ending.final
        self._write(
            "end",
            stop=asdict(ending.stop),
            **snapshot(progress()),
            final=None
            if final is None
            else {
                "number": final.number,
                "sentence": final.sentence,
                "heldout": None if final.score is None else dict(final.score.metrics),
                "seed_heldout": None
                if final.seed_score is None
                else dict(final.seed_score.metrics),
            },
        )

    def close(self) -> None: ...

    def _write(self, event: str, **values: Any) -> None:
        self._stream.write(json_text.dumps({"event": event, **values}) + "\n")
        self._stream.flush()


def snapshot(progress: Progress) -> dict[str, Any]:
    """Return a progress as plain data; values are in the objective's own unit and sign."""
    sign = progress.objective.sign

    def own(fitness: float | None) -> float | None:
        return None if fitness is None else sign * fitness + 0.0

    return {
        "run": str(progress.folder),
        "objective": progress.objective.name,
        "programs": progress.programs,
        "best": progress.best,
        "best_value": own(progress.best_fitness),
        "seed_value": own(progress.seed_fitness),
        "gain": progress.gain,
        "noise": progress.noise,
        "spend": asdict(progress.spend),
        "archive": asdict(progress.archive),
        "seconds_left": progress.seconds_left,
        "evaluations_left": progress.evaluations_left,
    }


def _at_a_glance(progress: Progress) -> str:
    metric = progress.objective
    best = "no score yet"
    if progress.best is not None:
        words_ = words.gain(metric, progress.gain, progress.noise)
        best = (
            f"best #{progress.best} {metric.name} "
            f"{words.amount(metric, progress.best_fitness)} ({words_})"
        )
    left = (
        "" if progress.seconds_left is None else f"; {words.duration(progress.seconds_left)} left"
    )
    return f"{best}; {words.spent(progress.spend)}{left}"
