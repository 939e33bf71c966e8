"""What processes waited for the machine: for a CPU, a disk, or memory that the kernel had to find.

The kernel counts a wait for a CPU when it is over (Documentation/scheduler/sched-stats.rst), and on
a busy machine one may be longer than a program's whole time. So waits that go on are counted here:
a thread that was ready to run at two looks, and had no turn between them, waited all the while.

A process that asks for a lower priority than it was given waits by its own doing from then on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from cladogen.sandboxes.inside.processes import descendants

_PROC = "/proc"
_NICE, _POLICY = 16, 38  # among the fields of /proc/PID/stat behind the name; see proc(5)


class Waits:
    """How long each process waited for a CPU, from look to look."""

    def __init__(self) -> None:
        # Of each thread that is ready to run: what the kernel says of its turns, and since when.
        self.ready: dict[str, tuple[str, float]] = {}
        self.gave_way: set[int] = set()  # to others, by asking for a lower priority
        self.given = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)

    def look(self, pids: Iterable[int]) -> dict[int, float]:
        """Return the seconds, from its start, that the thread of each process that waited most was
        ready to run and had no CPU; 0 where the kernel does not tell.
        """
        before, self.ready = self.ready, {}
        now = time.monotonic()
        found = {pid: max(self._threads(pid, before, now), default=0.0) for pid in pids}
        return {pid: 0.0 if pid in self.gave_way else waited for pid, waited in found.items()}

    def _threads(self, pid: int, before: dict[str, tuple[str, float]], now: float) -> list[float]:
        found = []
        try:
            for thread in os.listdir(f"{_PROC}/{pid}/task"):
                folder = f"{_PROC}/{pid}/task/{thread}"
                with open(f"{folder}/schedstat") as stream:
                    turns = stream.read()  # seconds on a CPU, seconds waited, turns
                fields = stat(folder)
                if self._gives_way(fields):
                    self.gave_way.add(pid)
                over = int(turns.split()[1]) / 1e9
                on = self._goes_on(folder, turns, before, now) if fields[:1] == ["R"] else 0.0
                found.append(over + on)
        except (OSError, IndexError, ValueError):
            pass  # it has ended, or this kernel does not tell
        return found

    def _goes_on(
        self, folder: str, turns: str, before: dict[str, tuple[str, float]], now: float
    ) -> float:
        """Return how long a thread has been ready for its next turn, as far as looks tell."""
        seen, since = before.get(folder, ("", now))
        if seen != turns:
            since = now
        self.ready[folder] = (turns, since)
        return now - since

    def _gives_way(self, fields: list[str]) -> bool:
        """Return whether a thread has a lower priority than this process, which it began with."""
        if len(fields) <= _POLICY:
            return False
        nice, policy = self.given
        return int(fields[_NICE]) > nice or int(fields[_POLICY]) != policy


def stat(folder: str) -> list[str]:
    """Return the fields behind the name in the stat of a process or thread, none when it has
    ended. The first is what it does: R, S, D, T, Z.
    """
    try:
        with open(f"{folder}/stat") as stream:
            return stream.read().rpartition(")")[2].split()
    except OSError:
        return []


def is_blocked(pid: int) -> bool:
    """Return whether a process is in a wait of the kernel's that no signal ends: for a disk, or for
    memory. A wait for a child by vfork(2) looks the same, and is the program's own.
    """
    return stat(f"{_PROC}/{pid}")[:1] == ["D"] and not _waits_for_a_child(pid)


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
