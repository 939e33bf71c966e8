"""Processes that a command leaves behind: they become children of the test that watches."""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def adopted() -> Iterator[set[int]]:
    """Make orphans of the block's processes children of this one; yield who was there before."""
    libc = ctypes.CDLL(None)
    libc.prctl(36, 1, 0, 0, 0)
    try:
        yield descendants()
    finally:
        libc.prctl(36, 0, 0, 0, 0)


def descendants(pid: int | None = None) -> set[int]:
    """Return the living descendants of a process."""
    found: set[int] = set()
    waiting = [os.getpid() if pid is None else pid]
    while waiting:
        children = _children(waiting.pop())
        found |= children
        waiting.extend(children)
    return {each for each in found if command_line(each)}  # the others are only not reaped yet


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def _children(pid: int) -> set[int]:
    found: set[int] = set()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found |= set(map(int, path.read_text().split()))
    return found
