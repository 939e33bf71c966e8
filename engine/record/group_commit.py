"""Group commits: rows that must survive a loss of power, without a wait for the disk per row.

A transaction writes its rows into SQLite's write-ahead log, where they outlive the process; what
outlives the machine is what an fsync of that log has put on the disk. That is done in a thread of
its own, once for all that wait: whoever comes while one is under way shares the next one, which
begins after its rows are in the log. (Group commit: DeWitt et al., "Implementation techniques for
main memory database systems", SIGMOD 1984.)
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from cladogen.errors import RunError

if TYPE_CHECKING:
    import asyncio  # loaded where somebody waits: commands that only read a run do not

    Over = Callable[[BaseException | None], None]
    Asked = tuple[asyncio.AbstractEventLoop, Over]


class GroupCommit:
    """Wait for the disk together. ``sync`` puts what is in the log on the disk."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._asked: SimpleQueue[Asked | None] | None = None  # what the thread is to do
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
        if self._asked is None:
            self._asked = self._thread()
        self._asked.put((loop, partial(self._over, loop, waiting)))

    def _thread(self) -> SimpleQueue[Asked | None]:
        """Start the thread, which ends with this object; return what it takes its work from.

        The event loop's own threads take twice the time: two futures, a lock and a condition for
        each piece of work.
        """
        asked: SimpleQueue[Asked | None] = SimpleQueue()
        name = "cladogen-disk"
        threading.Thread(target=_work, args=(asked, self._sync), name=name, daemon=True).start()
        weakref.finalize(self, asked.put, None)
        return asked

    def _over(
        self,
        loop: asyncio.AbstractEventLoop,
        waiting: list[asyncio.Future[None]],
        error: BaseException | None,
    ) -> None:
        """Let those go on that waited, or tell them why they cannot."""
        for each in waiting:
            if each.done():
                continue  # who waited was cancelled
            if error is not None:
                each.set_exception(error)
            else:
                each.set_result(None)
        self._under_way = bool(self._waiting)
        if self._under_way:
            self._begin(loop)


def _work(asked: SimpleQueue[Asked | None], sync: Callable[[], None]) -> None:
    """Sync whenever it is asked, and tell the event loop that asked."""
    while (each := asked.get()) is not None:
        loop, over = each
        del each
        error: BaseException | None = None
        try:
            sync()
        except Exception as failure:  # noqa: BLE001  # who waits must hear of it, whatever it is
            error = failure
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(over, error)
        del loop, over, error


class LogSync:
    """Puts the write-ahead log of a database on the disk. The log is opened once: it stays the same
    file for as long as the connection that writes it is open.
    """

    def __init__(self, database: Path) -> None:
        self._folder, self._log = database.parent, f"{database}-wal"
        self._sync = getattr(os, "fdatasync", os.fsync)
        self._handle: int | None = None

    def __call__(self) -> None:
        try:
            if self._handle is None:
                self._handle = os.open(self._log, os.O_RDONLY)
                weakref.finalize(self, os.close, self._handle)
            self._sync(self._handle)
        except FileNotFoundError:
            return  # a file system without shared memory: SQLite has synced at each commit
        except OSError as error:
            raise RunError(
                f"{self._folder}: cannot write the record ({error.strerror}); free space, then "
                "resume"
            ) from error
