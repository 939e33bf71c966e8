"""Group commits: rows that must survive a loss of power, without a wait for the disk per row.

A transaction writes its rows into SQLite's write-ahead log, where they outlive the process; what
outlives the machine is what an fsync of that log has put on the disk. That is done in a thread,
once for all that wait: whoever comes while one is under way shares the next one, which begins after
its rows are in the log. (Group commit: DeWitt et al., "Implementation techniques for main memory
database systems", SIGMOD 1984.)
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from cladogen.errors import RunError


class GroupCommit:
    """Wait for the disk together. ``sync`` puts what is in the log on the disk."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._running: asyncio.Future[None] | None = None
        self._next: asyncio.Future[None] | None = None

    async def on_disk(self) -> None:
        """Return when all that was committed before this call is on the disk; raises RunError when
        it cannot be put there.
        """
        if self._next is None:
            self._next = asyncio.ensure_future(self._after(self._running))
        await asyncio.shield(self._next)

    async def _after(self, running: asyncio.Future[None] | None) -> None:
        """Sync once the one that runs is over, for all that have come by then."""
        if running is not None:
            await asyncio.wait({running})
        self._running, self._next = self._next, None
        await asyncio.to_thread(self._sync)


def log_syncer(database: Path) -> Callable[[], None]:
    """Return what puts the write-ahead log of a database on the disk."""
    log = f"{database}-wal"
    sync = getattr(os, "fdatasync", os.fsync)

    def synced() -> None:
        try:
            handle = os.open(log, os.O_RDONLY)
        except FileNotFoundError:
            return  # a file system without shared memory: SQLite has synced at each commit
        try:
            sync(handle)
        except OSError as error:
            raise RunError(
                f"{database.parent}: cannot write the record ({error.strerror}); free space, then "
                "resume"
            ) from error
        finally:
            os.close(handle)

    return synced
