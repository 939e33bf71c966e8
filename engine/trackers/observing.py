"""An observer that logs a run to trackers: one point for each result."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from cladogen.events import Ending, Observer, Progress, Told, opened
from cladogen.trackers.base import Tracker


class Tracking:
    """Pass everything on to ``shown``, and log curves. Steps are numbers of results, counted on
    from ``begun`` when a run is continued.
    """

    def __init__(
        self, shown: Observer, trackers: Sequence[tuple[str, Tracker]], begun: int
    ) -> None:
        self._shown, self._trackers, self._step = shown, list(trackers), begun
        self._well = False
        self._started = False

    def opening(self, header: list[tuple[str, str]]) -> None:
        opened(self._shown, header)

    def begin(self, header: list[tuple[str, str]]) -> None:
        from pathlib import Path

        self._shown.begin(header)
        facts = dict(header)
        self._started = True
        self._each(lambda each: each.start(Path(facts["run"]), facts))

    def told(self, event: Told, progress: Callable[[], Progress]) -> None:
        self._shown.told(event, progress)
        if not self._trackers:
            return
        self._step += 1
        values = {name: value for name, value in point(event, progress()).items() if finite(value)}
        self._each(lambda each: each.log(self._step, values))

    def notice(self, text: str) -> None:
        self._shown.notice(text)

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None:
        self._shown.end(ending, progress)
        self._well = ending.stop.kind not in ("failing", "interrupted")
        if ending.shipped is not None:
            files = {path: file.data for path, file in ending.shipped.files.items()}
            self._each(lambda each: each.keep(files))

    def close(self) -> None:
        if self._started:
            self._each(lambda each: each.finish(well=self._well))
        self._shown.close()

    def _each(self, act: Callable[[Tracker], None]) -> None:
        """Call every tracker; one that fails is left alone from then on."""
        for name, each in list(self._trackers):
            try:
                act(each)
            except Exception as error:  # noqa: BLE001  (the border: a tracker's package and its server)
                self._trackers.remove((name, each))
                self._shown.notice(f"{name} is not logged to any more: {error}")


def point(event: Told, now: Progress) -> dict[str, float]:
    """Return the values of one point: the best, the new program's metrics, and what was spent."""
    metric, spend = now.objective, now.spend
    values = {
        "spend/usd": spend.usd + spend.evaluation_usd,
        "spend/tokens": float(spend.tokens),
        "spend/evaluations": float(spend.evaluations),
        "spend/proposals": float(spend.proposals),
        "programs": float(now.programs),
    }
    if now.best_fitness is not None:
        values[f"best/{metric.name}"] = metric.sign * now.best_fitness
    score = event.result.ranked
    if score is not None:
        values |= {f"program/{name}": value for name, value in score.metrics.items()}
    return values


def finite(value: float) -> bool:
    return math.isfinite(value)
