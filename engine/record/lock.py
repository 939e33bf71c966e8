"""Holding a run folder: one writer at a time, who leaves a note saying which process it is and for
how long.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import TextIO

from cladogen.errors import RunInUseError

WHOLE_RUN, ONE_TASK = "run", "task"  # until the run ends; for one ask or tell


def hold(folder: Path, what: str = WHOLE_RUN) -> TextIO:
    """Lock ``folder`` until the returned file is closed or this process ends; RunInUseError says
    who has it.
    """
    handle = (folder / "lock").open("a+", encoding="utf-8")
    for _ in range(10):
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            handle.truncate(0)
            handle.write(f"{os.getpid()} {what}\n")
            handle.flush()
            return handle
        time.sleep(0.02)  # a command that looks whether the run goes on holds the lock for a moment
    handle.seek(0)
    process, _, held_for = handle.read().strip().partition(" ")
    handle.close()
    who = f"process {process}" if process.isdecimal() else "another process"
    if held_for == ONE_TASK:
        raise RunInUseError(
            f"{folder}: {who} asks or tells at this run; wait a moment and try again", short=True
        )
    end = f" (Ctrl-C there, or: kill -INT {process})" if process.isdecimal() else ""
    raise RunInUseError(
        f"{folder}: {who} is running this run; wait for its end, or end it{end}, then try again"
    )


def held(folder: Path) -> bool:
    """Tell whether somebody holds ``folder`` now."""
    try:
        with (folder / "lock").open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
