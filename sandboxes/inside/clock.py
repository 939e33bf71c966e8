"""CPU time of a candidate: of all its processes, also of those that nobody waited for.

Three ways, best first. "group": its control group counts. "kernel": a counter of the kernel
(perf_event_open(2)) that every thread and process of the candidate inherits, and whose sum keeps
what each of them had used when it ended; only a program that runs a file it may not read leaves
it. "sum": the clocks of the processes there are, from the supervisor down. A process whose parent
ignores SIGCHLD takes its time along unseen there. Who does what a clock cannot count is refused.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import time
from typing import Any

from cladogen.sandboxes.inside.group import GroupCounters
from cladogen.sandboxes.inside.processes import descendants

_NUMBER = {"x86_64": 298, "aarch64": 241}  # of perf_event_open
_ATTRIBUTES = 128  # bytes of perf_event_attr
_SOFTWARE, _TASK_CLOCK = 1, 1
_INHERIT, _EXCLUDE_KERNEL = 1 << 1, 1 << 5  # task time is counted in both modes all the same
_CLOSE_ON_EXEC = 8
_NO_CHILD_WAITS = 1 << (signal.SIGCHLD - 1)
_UNCOUNTED = "so that the CPU time of its processes cannot be counted here"
_libc: Any = ctypes.CDLL(None, use_errno=True)


class CpuClock:
    """CPU seconds of one child and of all that it started."""

    way = ""

    def cpu_s(self) -> float:
        raise NotImplementedError

    def blind(self) -> str:
        """Return why time cannot be counted, "" while it can."""
        return ""

    def close(self) -> None:
        return


class GroupClock(CpuClock):
    """The counter of a control group, which outlives every process in it."""

    way = "group"

    def __init__(self, group: GroupCounters) -> None:
        self.group = group

    def cpu_s(self) -> float:
        return self.group.cpu_s() - time.process_time()  # the supervisor is in it, too


class SumClock(CpuClock):
    """The clocks of all processes below this one; those below ``top`` are the candidate's. What
    the sum loses is what a process took along, and stays counted.
    """

    way = "sum"

    def __init__(self, top: int) -> None:
        self.top = top
        self.last = 0.0
        self.lost = 0.0

    def cpu_s(self) -> float:
        now = sum(map(_process_cpu, descendants()))
        self.lost += max(0.0, self.last - now)
        self.last = now
        return self.lost + now

    def blind(self) -> str:
        if any(map(_ignores_children, descendants(self.top))):
            return f"ignored SIGCHLD, {_UNCOUNTED}"
        return ""


class KernelClock(CpuClock):
    """A counter that the process ``pid`` and all that it will start share; raises OSError where
    there is none.
    """

    way = "kernel"

    def __init__(self, pid: int, top: int) -> None:
        self.pid, self.top = pid, top
        self.sum = SumClock(top)
        self.before = self.sum.cpu_s()
        number = _NUMBER.get(os.uname().machine)
        if number is None:
            raise OSError(38, "no number for perf_event_open")
        attributes = ctypes.create_string_buffer(_ATTRIBUTES)
        flags = _INHERIT | _EXCLUDE_KERNEL
        struct.pack_into(
            "=IIQQQQQ", attributes, 0, _SOFTWARE, _ATTRIBUTES, _TASK_CLOCK, 0, 0, 0, flags
        )
        anywhere = ctypes.c_long(-1)
        self.descriptor = int(
            _libc.syscall(
                ctypes.c_long(number),
                attributes,
                ctypes.c_long(pid),
                anywhere,
                anywhere,
                ctypes.c_ulong(_CLOSE_ON_EXEC),
            )
        )
        if self.descriptor < 0:
            raise OSError(ctypes.get_errno(), "perf_event_open")

    def cpu_s(self) -> float:
        counted = int.from_bytes(os.read(self.descriptor, 8), "little") / 1e9
        return max(counted, self.sum.cpu_s() - self.before)

    def blind(self) -> str:
        below = list(descendants(self.top))
        if any(_is_hidden(each) for each in below if each != self.pid) and self.sum.blind():
            return f"ran a file that it may not read, and ignored SIGCHLD, {_UNCOUNTED}"
        return ""

    def close(self) -> None:
        os.close(self.descriptor)


def of_child(pid: int, top: int, group: GroupCounters | None, *, kernel: bool = True) -> CpuClock:
    """Return the best clock there is for a candidate ``pid`` that has not run anything yet; all
    that it will start is below ``top``.
    """
    if group is not None:
        return GroupClock(group)
    try:
        return KernelClock(pid, top) if kernel else SumClock(top)
    except OSError:
        return SumClock(top)


def _process_cpu(pid: int) -> float:
    """Return the CPU seconds of a process and of the children it has waited for."""
    try:
        own = time.clock_gettime(
            (~pid << 3) | 2
        )  # the clock of another process, as clock_getcpuclockid names it
        with open(f"/proc/{pid}/stat") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except (OSError, ValueError):
        return 0.0
    return own + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def _ignores_children(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/status") as stream:
            ignored = next((line.split()[1] for line in stream if line.startswith("SigIgn:")), "0")
    except OSError:
        return False
    return bool(int(ignored, 16) & _NO_CHILD_WAITS)


def _is_hidden(pid: int) -> bool:
    """Return whether the kernel keeps a process from being looked at: its files are root's."""
    try:
        with open(f"/proc/{pid}/status") as stream:
            user = next(line.split()[1] for line in stream if line.startswith("Uid:"))
        return os.stat(f"/proc/{pid}").st_uid != int(user)
    except (OSError, StopIteration):
        return False
