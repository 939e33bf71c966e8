"""What processes waited for the machine: for a CPU, a disk, or memory that the kernel had to find.

The kernel counts a wait for a CPU when it is over (Documentation/scheduler/sched-stats.rst), and on
a busy machine one may be longer than a program's whole time. So waits that go on are counted here:
a thread that was ready to run at two looks, and had no turn between them, waited all the while.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from cladogen.sandboxes.inside.processes import descendants

_PROC = "/proc"


class Waits:
    """How long each process waited for a CPU, from look to look."""

    def __init__(self) -> None:
        # Of each thread that is ready to run: what the kernel says of its turns, and since when.
        self.ready: dict[str, tuple[str, float]] = {}

    def look(self, pids: Iterable[int]) -> dict[int, float]:
        """Return the seconds, from its start, that the thread of each process that waited most was
        ready to run and had no CPU; 0 where the kernel does not tell.
        """
        before, self.ready = self.ready, {}
        now = time.monotonic()
        return {pid: max(self._threads(pid, before, now), default=0.0) for pid in pids}

    def _threads(self, pid: int, before: dict[str, tuple[str, float]], now: float) -> list[float]:
        found = []
        try:
            for thread in os.listdir(f"{_PROC}/{pid}/task"):
                folder = f"{_PROC}/{pid}/task/{thread}"
                with open(f"{folder}/schedstat") as stream:
                    turns = stream.read()  # seconds on a CPU, seconds waited, turns
                over = int(turns.split()[1]) / 1e9
                found.append(over + self._goes_on(folder, turns, before, now))
        except (OSError, IndexError, ValueError):
            pass  # it has ended, or this kernel does not tell
        return found

    def _goes_on(
        self, folder: str, turns: str, before: dict[str, tuple[str, float]], now: float
    ) -> float:
        """Return how long a thread has been waiting for its next turn, as far as looks tell."""
        if state(folder) != "R":
            return 0.0
        seen, since = before.get(folder, ("", now))
        if seen != turns:
            since = now
        self.ready[folder] = (turns, since)
        return now - since


def state(folder: str) -> str:
    """Return what the process or thread of a folder of /proc does: R, S, D, T, Z, or "" when it
    has ended.
    """
    try:
        with open(f"{folder}/stat") as stream:
            return stream.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def is_blocked(pid: int) -> bool:
    """Return whether a process is in a wait of the kernel's that no signal ends: for a disk, or for
    memory. A wait for a child by vfork(2) looks the same, and is the program's own.
    """
    return state(f"{_PROC}/{pid}") == "D" and not _waits_for_a_child(pid)


def _waits_for_a_child(pid: int) -> bool:
    """Return whether a process waits in the call that made its child; where the kernel does not
    tell in which it waits, whether it has one.
    """
    try:
        with open(f"{_PROC}/{pid}/wchan") as stream:
            place = stream.read()
    except OSError:
        place = ""
    if place in ("", "0"):
        return next(descendants(pid), None) is not None
    return "fork" in place or "clone" in place
