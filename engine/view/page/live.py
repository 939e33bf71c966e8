"""The runs of a page, read by one thread and kept up while somebody looks.

SQLite connections belong to a thread, and reading must not hold up the server: one thread does all
of it. A run is read for the first time in parts, between which the thread answers; it waits where
a page is about to be drawn, which needs the same cores. How often it looks depends on how long a
look takes, so that the page costs a running engine little however large the run is.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from cladogen.errors import CladogenError
from cladogen.view.followed import FollowedRun
from cladogen.view.summary import summary

Value = TypeVar("Value")

SOONEST_S, LATEST_S = 0.5, 30.0  # between two looks at a run
OPENED_S, DRAWN_S = 1.0, 0.3  # how long a page takes at most to ask for programs, and to draw them
SHARE = 0.015  # of a core, that looking may take; the rest of 2 % is sending


class Runs:
    """Runs by key. ``read`` calls a function with a run, in the thread that reads."""

    def __init__(self, folders: Sequence[Path], opened_s: float = OPENED_S) -> None:
        self.folders = _keys(folders)
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._open: dict[str, FollowedRun] = {}
        self._looked: dict[str, tuple[float, float]] = {}  # when, and how long it took
        self._first: dict[str, asyncio.Task[None]] = {}  # first readings
        self._opened_s = opened_s
        self._free = asyncio.Event()  # not set while a page is about to be drawn
        self._free.set()
        self._until: asyncio.TimerHandle | None = None

    @property
    def only(self) -> str | None:
        """The key of the run, where there is one."""
        return next(iter(self.folders)) if len(self.folders) == 1 else None

    def begin(self) -> None:
        """Begin to read where there is one run: whoever opens the page will ask for it."""
        if self.only is not None:
            self._read_whole(self.only)

    def opened(self) -> None:
        """Let first readings wait until the page that is opened now is drawn."""
        self._wait(self._opened_s)

    def sent(self) -> None:
        """Let first readings go on soon: a page has what it draws first."""
        if not self._free.is_set():
            self._wait(DRAWN_S)

    def _wait(self, seconds: float) -> None:
        if self._until is not None:
            self._until.cancel()
        self._free.clear()
        self._until = asyncio.get_running_loop().call_later(seconds, self._free.set)

    async def read(
        self, key: str, function: Callable[[FollowedRun], Value], *, whole: bool = True
    ) -> Value:
        """Return what ``function`` makes of a run as it is now, or was a moment ago.

        ``whole`` False takes what is read already where the first reading goes on.
        """
        if key not in self._open:
            self._read_whole(key)
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
        for task in self._first.values():
            task.cancel()
        self._reader.submit(self._close).result()
        self._reader.shutdown()

    def _timed(self, key: str, function: Callable[[FollowedRun], Value], *, whole: bool) -> Value:
        """Call a function with a run; what a page asks for by itself counts as part of a look."""
        run = self._followed(key, whole=whole)
        begun = time.thread_time()
        value = function(run)
        if whole or not run.whole:  # a person asked for it, or a person sees a run being read
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
        if not run.whole:
            if whole:
                run.refresh()
            return run
        if begun - self._looked[key][0] >= self.pause_s(key):
            cpu = time.thread_time()
            run.refresh()
            self._looked[key] = (begun, time.thread_time() - cpu)
        return run

    def _read_whole(self, key: str) -> None:
        """Begin the first reading of a run where none goes on."""
        if key not in self._first or self._first[key].done():
            self._first[key] = asyncio.ensure_future(self._first_reading(key))

    async def _first_reading(self, key: str) -> None:
        """Read a run part by part, and let others be answered between two parts."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(CladogenError):  # whoever asks for the run is told
            more = True
            while more:
                await self._free.wait()
                more = await loop.run_in_executor(self._reader, self._next_part, key)

    def _next_part(self, key: str) -> bool:
        """Read the next part of a run; tell whether there are more. In the reading thread only."""
        run = self._open.get(key)
        return not self._followed(key).whole if run is None else run.read_on()

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
