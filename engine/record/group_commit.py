"""Group commits: rows that must survive a loss of power, without a wait for the disk per row.

A transaction writes its rows into SQLite's write-ahead log, where they outlive the process; what
outlives the machine is what an fsync of that log has put on the disk. That is done in a thread,
once for all that wait: whoever comes while one is under way shares the next one, which begins after
its rows are in the log. (Group commit: DeWitt et al., "Implementation techniques for main memory
database systems", SIGMOD 1984.)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.errors import RunError

if TYPE_CHECKING:
    import asyncio  # loaded where somebody waits: commands that only read a run do not


class GroupCommit:
    """Wait for the disk together. ``sync`` puts what is in the log on the disk."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._waiting: list[asyncio.Future[None]] = []  # for the sync that begins next
        self._under_way = False

    async def on_disk(self) -> None:
        """Return when all that was committed before this call is on the disk; raises RunError when
        it cannot be put there.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        mine = loop.create_future()
        self._waiting.append(mine)
        if not self._under_way:
            self._under_way = True
            loop.call_soon(self._begin, loop)  # after all that are ready to write now
        await mine

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Sync in a thread, for all that have come by now; then for those that come meanwhile."""
        waiting, self._waiting = self._waiting, []

        def over(synced: asyncio.Future[None]) -> None:
            error = None if synced.cancelled() else synced.exception()
            for each in waiting:
                if each.done():
                    continue  # who waited was cancelled
                if synced.cancelled():
                    each.cancel()
                elif error is not None:
                    each.set_exception(error)
                else:
                    each.set_result(None)
            self._under_way = bool(self._waiting)
            if self._under_way:
                self._begin(loop)

        loop.run_in_executor(None, self._sync).add_done_callback(over)


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
