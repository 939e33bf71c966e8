"""The runs of a page, read by one thread and kept up while somebody looks.

SQLite connections belong to a thread, and reading must not hold up the server: one thread does all
of it. How often it looks depends on how long a look takes, so that the page costs a running engine
little however large the run is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from cladogen.view.followed import FollowedRun
from cladogen.view.page.summary import summary

Value = TypeVar("Value")

SOONEST_S, LATEST_S = 0.5, 15.0  # between two looks at a run
SHARE = 0.02  # of the time that looking may take


class Runs:
    """Runs by key. ``read`` calls a function with a run, in the thread that reads."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = _keys(folders)
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._open: dict[str, FollowedRun] = {}
        self._looked: dict[str, tuple[float, float]] = {}  # when, and how long it took

    async def read(self, key: str, function: Callable[[FollowedRun], Value]) -> Value:
        """Return what ``function`` makes of a run as it is now, or was a moment ago."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, lambda: function(self._followed(key)))

    async def changes(self, key: str, gone: asyncio.Event) -> AsyncIterator[dict[str, Any]]:
        """Yield a run's summary at once, and after each change; ends when ``gone`` is set."""
        version = -1
        while not gone.is_set():
            now = await self.read(key, lambda run: (run.version, self.pause_s(key)))
            if now[0] != version:
                version = now[0]
                yield await self.read(key, lambda run: summary(run, key))
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

    def _followed(self, key: str) -> FollowedRun:
        """Return a run, read as far as it went. Called in the reading thread only."""
        run = self._open.get(key)
        begun = time.monotonic()
        if run is None:
            run = self._open[key] = FollowedRun(self.folders[key])
            run.refresh()
            self._looked[key] = (begun, 0.0)  # the first time is a whole reading
            return run
        if begun - self._looked[key][0] >= self.pause_s(key):
            run.refresh()
            self._looked[key] = (begun, time.monotonic() - begun)
        return run

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
