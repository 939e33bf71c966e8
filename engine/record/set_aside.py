"""Room for the log of a record, set aside on its disk: a disk that fills up in mid-run still takes
what is in flight (replies that were paid for, evaluations that were made), and then the run waits.

Blocks are given to the write-ahead log beyond its end (fallocate(2) with FALLOC_FL_KEEP_SIZE), so
that writing there needs no room. SQLite empties the log by writing it into the database; where that
cannot grow, the log goes on in the room it has.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path
from typing import Any

LOG_MB = 8  # twice what SQLite lets a log grow to before it empties it
_KEEP_SIZE = 1
_libc: Any = ctypes.CDLL(None, use_errno=True)


def set_aside(log: Path, size_mb: int = LOG_MB) -> None:
    """Give a file room to grow in; where the system or the disk cannot, it has none."""
    if not hasattr(_libc, "fallocate"):
        return
    with contextlib.suppress(OSError):
        handle = os.open(log, os.O_RDWR)
        try:
            size = ctypes.c_int64(size_mb << 20)
            _libc.fallocate(handle, _KEEP_SIZE, ctypes.c_int64(0), size)
        finally:
            os.close(handle)
