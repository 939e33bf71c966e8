"""What is written soon is on disk when its writer goes on: one fsync for all that wait."""

import asyncio
import contextlib
import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cladogen.errors import RunError
from cladogen.models.calls import CallStatus, Message, Reply, Request, answer
from cladogen.proposal import Cost
from cladogen.record.group_commit import GroupCommit, LogSync
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store

ASKED = Request(0, 0, "diff", "m", (Message("user", "q"),))


class Disk:
    """A disk that lets an fsync end for each `free.release`, and counts."""

    def __init__(self):
        self.syncs, self.begun, self.free = 0, threading.Event(), threading.Semaphore(0)

    def sync(self):
        self.begun.set()
        assert self.free.acquire(timeout=60)
        self.syncs += 1


async def begun(disk):
    await asyncio.to_thread(disk.begun.wait, 60)


async def test_rows_that_wait_together_share_one_fsync():
    disk = Disk()
    group = GroupCommit(disk.sync)
    first = asyncio.ensure_future(group.on_disk())
    await begun(disk)
    others = [asyncio.ensure_future(group.on_disk()) for _ in range(20)]
    disk.free.release(2)
    await asyncio.gather(first, *others)
    assert disk.syncs == 2


async def test_row_that_came_while_the_disk_was_busy_is_not_used_before_the_next_fsync():
    disk = Disk()
    group = GroupCommit(disk.sync)
    first = asyncio.ensure_future(group.on_disk())
    await begun(disk)
    late = asyncio.ensure_future(group.on_disk())
    disk.free.release()
    await first
    assert disk.syncs == 1 and not late.done()
    disk.free.release()
    await late
    assert disk.syncs == 2


async def test_call_that_is_cancelled_while_it_waits_leaves_the_others_their_fsync():
    disk = Disk()
    group = GroupCommit(disk.sync)
    gone, stays = (asyncio.ensure_future(group.on_disk()) for _ in range(2))
    await begun(disk)
    gone.cancel()
    disk.free.release()
    with contextlib.suppress(asyncio.CancelledError):
        await gone
    await stays
    assert disk.syncs == 1


async def test_full_disk_ends_the_wait_with_one_line_and_later_rows_are_tried_again():
    def full():
        raise RunError("run: cannot write the record (No space left on device)")

    group = GroupCommit(full)
    for _ in range(2):
        with pytest.raises(RunError, match="No space left"):
            await group.on_disk()


async def test_closed_record_has_no_log_to_be_put_on_the_disk(tmp_path):
    store = Store.create(tmp_path / "run", {})
    StoredCalls(store).begin(ASKED, 0, None, soon=True)
    await StoredCalls(store).on_disk()
    store.close()
    LogSync(tmp_path / "run/run.db")()
    assert not (tmp_path / "run/run.db-wal").exists()


def test_reply_written_soon_is_there_when_its_writer_is_killed_at_once(tmp_path):
    code = f"""
import asyncio, os, signal
from pathlib import Path
from cladogen.record.store import Store
from cladogen.record.model_calls import StoredCalls
from cladogen.models.calls import *
from cladogen.proposal import Cost
async def main():
    calls = StoredCalls(Store.create(Path({str(tmp_path / "run")!r}), {{}}))
    number = calls.begin(Request(0, 0, "diff", "m", (Message("user", "q"),)), 0, None, soon=True)
    await calls.on_disk()
    calls.finish(number, Reply(CallStatus.REPLIED, "paid for"), Cost(1.0), soon=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    store = Store.open(Path(tmp_path / "run"))
    call = answer(StoredCalls(store), 0, 0)
    spent = StoredCalls(store).spent(0, 0)
    store.close()
    assert call is not None and call.reply == Reply(CallStatus.REPLIED, "paid for")
    assert spent == Cost(1.0)


async def test_thread_that_waits_for_the_disk_ends_with_the_record(tmp_path):
    others = threading.enumerate()
    store = Store.create(tmp_path / "run", {})
    StoredCalls(store).begin(ASKED, 0, None, soon=True)
    await store.on_disk()
    begun = [each for each in threading.enumerate() if each not in others]
    waiting = [each for each in begun if each.name == "cladogen-disk"]
    store.close()
    del store
    gc.collect()
    await asyncio.gather(*(asyncio.to_thread(each.join, 60) for each in waiting))
    assert waiting and not any(each.is_alive() for each in waiting)
