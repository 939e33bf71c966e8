"""System V shared memory: it belongs to nobody's descriptors, and outlives who made it.

Where no filter refuses it and no namespace holds it, that is in a plain process, the kernel's table
tells the maker of each segment.
"""

from __future__ import annotations

import ctypes
from collections.abc import Container, Iterator
from typing import Any, NamedTuple

TABLE = "/proc/sysvipc/shm"
_IPC_RMID = 0
_libc: Any = ctypes.CDLL(None, use_errno=True)


class Segment(NamedTuple):
    """A segment and its bytes in memory or on a swap device."""

    number: int
    size: int


def made_by(pids: Container[int], table: str = TABLE) -> Iterator[Segment]:
    """Yield the segments that one of these processes made, also when it has ended."""
    try:
        with open(table) as stream:
            rows = [line.split() for line in stream]
    except OSError:
        return
    names, *segments = rows or [[]]
    for values in segments:
        row = dict(zip(names, map(int, values), strict=False))
        if row.get("cpid") in pids:
            yield Segment(row["shmid"], row.get("rss", row["size"]) + row.get("swap", 0))


def remove(pids: Container[int]) -> None:
    """Remove what these processes made and left behind."""
    for segment in list(made_by(pids)):
        _libc.shmctl(segment.number, _IPC_RMID, None)
