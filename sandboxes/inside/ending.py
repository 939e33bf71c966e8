"""A descriptor that tells when a child of this process has ended.

The kernel's own, a pidfd (Linux 5.3), or where there is none, as in gVisor and in older kernels, a
pipe that is written to when SIGCHLD tells of the end.
"""

from __future__ import annotations

import os
import signal
from typing import Any

_held: dict[int, int] = {}  # child -> the end of its pipe that is written to


def watch_end(pid: int) -> int:
    """Return a descriptor that is ready to read from the end of the child on. It stays to be
    reaped.
    """
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        ended, _held[pid] = os.pipe()
        signal.signal(signal.SIGCHLD, _look)
        _look()  # it may have ended before
        return ended


def forget() -> None:
    """In a fork of this process: leave what it watches to it."""
    _held.clear()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _look(*_: Any) -> None:
    for pid in list(_held):
        if (
            _has_ended(pid) and (held := _held.pop(pid, None)) is not None
        ):  # the signal may come in between
            os.write(held, b"\0")  # its end alone would not tell: another child may hold a copy
            os.close(held)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        return True  # and it is reaped
