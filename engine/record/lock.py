"""The lock of a run folder: one writer at a time, whose note says which process it is."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

from cladogen.errors import RunInUseError

WHOLE_RUN, ONE_TASK = "run", "task"  # until the run ends; for one ask or tell


class RunLock:
    """The lock, taken; given back by `close`, or by the end of the process."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle

    @staticmethod
    def take(folder: Path, what: str = WHOLE_RUN) -> RunLock:
        """Lock ``folder``; RunInUseError says who has it."""
        handle = (folder / "lock").open("a+", encoding="utf-8")
        for _ in range(10):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(0.02)  # a command that looks whether the run goes on has it for a moment
                continue
            with contextlib.suppress(OSError):  # a full disk takes no note, and the lock holds
                handle.truncate(0)
                handle.write(f"{os.getpid()} {what}\n")
                handle.flush()
            return RunLock(handle)
        handle.seek(0)
        note = handle.read()
        handle.close()
        raise _in_use(folder, note)

    def close(self) -> None:
        """Give the lock back. Its note goes first: whoever reads one takes it for the holder's."""
        if not self._handle.closed:
            self._handle.truncate(0)
            self._handle.close()

    def __enter__(self) -> RunLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def locked(folder: Path) -> bool:
    """Tell whether somebody has the lock of ``folder`` now."""
    try:
        with (folder / "lock").open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _in_use(folder: Path, note: str) -> RunInUseError:
    """Return the error for a folder whose lock somebody else has."""
    process, _, held_for = note.strip().partition(" ")
    if not _alive(process):  # it has the lock, and has not written its note yet
        text = "another process has just taken this run; wait a moment and try again"
        return RunInUseError(f"{folder}: {text}", short=True)
    if held_for == ONE_TASK:
        text = f"process {process} asks or tells at this run; wait a moment and try again"
        return RunInUseError(f"{folder}: {text}", short=True)
    return RunInUseError(
        f"{folder}: process {process} is running this run; wait for its end, or end it "
        f"(Ctrl-C there, or: kill -INT {process}), then try again"
    )


def _alive(process: str) -> bool:
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, on a machine that several people share
        return True
    return True
