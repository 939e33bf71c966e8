"""The processes below one, and their end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator


def descendants(root: int | None = None) -> Iterator[int]:
    """Yield the processes below ``root``, or this one (as far as /proc tells)."""
    below = list(_children(root or os.getpid()))
    while below:
        process = below.pop()
        yield process
        below += _children(process)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as stream:
                found += list(map(int, stream.read().split()))
    except OSError:
        return found if _TELLS_CHILDREN else _children_by_search(pid)
    return found


_TELLS_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def _children_by_search(pid: int) -> list[int]:
    """The same for a kernel whose /proc does not list children."""
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stream:
                    parent = int(stream.read().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found.append(int(name))
    return found


def kill_everyone() -> None:
    """Kill whatever this process may signal: in a pid namespace of its own only."""
    if os.getpid() == 1:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return
    else:
        kill_descendants()


def kill_descendants() -> None:
    """Kill everything below this process, again and again until nothing new appears."""
    for _ in range(1000):
        alive = list(descendants())
        for process in alive:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        _reap_ended()
        if not alive:
            return


def reap() -> None:
    """Wait for every child to be gone."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def _reap_ended() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return
