"""Keeping ``programs.git`` level with the record while a run goes on, in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from cladogen.errors import CladogenError, RunError
from cladogen.git.projection import Projection, git_or_error
from cladogen.record.store import Store


@contextlib.asynccontextmanager
async def kept_up(
    run: Path,
    refs: Callable[[], Mapping[str, int]],
    notice: Callable[[str], None],
    interval_s: float = 10.0,
) -> AsyncIterator[None]:
    """Keep ``programs.git`` of a run level while the block runs, in a thread, and bring it level at
    the end.

    A run goes on without it: what is in the way is said in one line, for the record holds
    everything.
    """
    task = asyncio.create_task(_keep_up(run, refs, notice, interval_s))
    try:
        yield
    finally:
        failed = task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if not failed:
            await _noticed(notice, run, refs(), whole=True)


async def _keep_up(
    run: Path,
    refs: Callable[[], Mapping[str, int]],
    notice: Callable[[str], None],
    interval_s: float,
) -> None:
    try:
        git_or_error()
    except RunError as error:
        notice(str(error))
        return
    while True:
        await asyncio.sleep(interval_s)
        if not await _noticed(notice, run, refs()):
            return


async def _noticed(
    notice: Callable[[str], None], run: Path, refs: Mapping[str, int], *, whole: bool = False
) -> bool:
    # A thread cannot be cancelled, so the run waits for it: nothing may write to the folder after
    # its end.
    work = asyncio.ensure_future(asyncio.to_thread(_catch_up, run, refs, whole))
    try:
        if words := await asyncio.shield(work):
            notice(words)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise
    except (CladogenError, sqlite3.Error, OSError) as error:
        notice(f"programs.git is not kept up: {error}")
        return False
    return True


def _catch_up(run: Path, refs: Mapping[str, int], whole: bool) -> str:
    """Import what waits, when it is enough or when the ``whole`` record is asked for.

    Returns what a person should know of it, "" for nothing.
    """
    with contextlib.closing(Store.open(run)) as store:
        projection = Projection(run)
        if whole or projection.waiting(store):
            projection.catch_up(store, refs)
        return projection.words()
