"""The runs of a page, read by one thread and kept up while somebody looks.

SQLite connections belong to a thread, and reading must not hold up the server: one thread does all
of it. A run is read for the first time in parts, between which the thread answers. How often it
looks depends on how long a look takes, so that the page costs a running engine little however large
the run is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from cladogen.view.followed import FollowedRun
from cladogen.view.summary import summary

Value = TypeVar("Value")

SOONEST_S, LATEST_S = 0.5, 30.0  # between two looks at a run
SHARE = 0.015  # of a core, that looking may take; the rest of 2 % is sending


class Runs:
    """Runs by key. ``read`` calls a function with a run, in the thread that reads."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = _keys(folders)
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._open: dict[str, FollowedRun] = {}
        self._looked: dict[str, tuple[float, float]] = {}  # when, and how long it took

    @property
    def only(self) -> str | None:
        """The key of the run, where there is one."""
        return next(iter(self.folders)) if len(self.folders) == 1 else None

    def begin(self) -> None:
        """Begin to read where there is one run: whoever opens the page will ask for it."""
        if self.only is not None:
            self._reader.submit(self._followed, self.only)

    async def read(
        self, key: str, function: Callable[[FollowedRun], Value], *, whole: bool = True
    ) -> Value:
        """Return what ``function`` makes of a run as it is now, or was a moment ago.

        ``whole`` False takes what is read already where the first reading goes on.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._reader, lambda: self._timed(key, function, whole=whole)
        )

    async def changes(self, key: str, gone: asyncio.Event) -> AsyncIterator[dict[str, Any]]:
        """Yield a run's summary at once, and after each change; ends when ``gone`` is set."""
        version = -1
        while not gone.is_set():
            now = await self.read(key, lambda run: (run.version, self.pause_s(key)), whole=False)
            if now[0] != version:
                version = now[0]
                yield await self.read(key, lambda run: summary(run, key), whole=False)
            try:
                await asyncio.wait_for(gone.wait(), max(SOONEST_S, now[1]))
            except TimeoutError:
                continue

    def pause_s(self, key: str) -> float:
        """Return how long to wait after the last look before the next one."""
        _, took = self._looked[key]
        return min(LATEST_S, max(SOONEST_S, took / SHARE))

    def close(self) -> None:
        self._reader.submit(self._close).result()
        self._reader.shutdown()

    def _timed(self, key: str, function: Callable[[FollowedRun], Value], *, whole: bool) -> Value:
        """Call a function with a run; what a page asks for by itself counts as part of a look."""
        run = self._followed(key, whole=whole)
        begun = time.thread_time()
        value = function(run)
        if whole:  # a person asked for it
            return value
        at, took = self._looked[key]
        self._looked[key] = (at, took + time.thread_time() - begun)
        return value

    def _followed(self, key: str, *, whole: bool = False) -> FollowedRun:
        """Return a run, read as far as it went. Called in the reading thread only."""
        run = self._open.get(key)
        begun = time.monotonic()
        if run is None:
            run = FollowedRun(self.folders[key])
            run.read_on()
            self._open[key] = run
            self._looked[key] = (begun, 0.0)  # the first time is a whole reading
            self._reader.submit(self._go_on, key)
        if not run.whole:
            if whole:
                run.refresh()
            return run
        if begun - self._looked[key][0] >= self.pause_s(key):
            cpu = time.thread_time()
            run.refresh()
            self._looked[key] = (begun, time.thread_time() - cpu)
        return run

    def _go_on(self, key: str) -> None:
        """Read the next part of a run, and then let others be answered."""
        run = self._open.get(key)
        if run is not None and run.read_on():
            self._reader.submit(self._go_on, key)

    def _close(self) -> None:
        for run in self._open.values():
            run.close()
        self._open.clear()


def _keys(folders: Sequence[Path]) -> dict[str, Path]:
    """Name each run for its folder; equal names get numbers."""
    found: dict[str, Path] = {}
    for folder in folders:
        name = folder.resolve().name
        key, more = name, 2
        while key in found:
            key, more = f"{name}-{more}", more + 1
        found[key] = folder
    return found
