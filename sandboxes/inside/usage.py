"""What a candidate uses: CPU time and memory, from its container's cgroup or from what /proc tells
of its processes.

Memory is proportional: a page that n processes share counts for 1/n in each of them, so that
workers forked from one process count what they share once. Where one process is all there is, its
peak is the kernel's own; the peak of several together is looked for twenty times a second. Files in
/tmp that are not mapped are not in it.
"""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any, NamedTuple

from cladogen.sandboxes.inside.processes import descendants

_MIB = 1 << 20
_PAGE = os.sysconf("SC_PAGE_SIZE")
_REST = 4  # looking at shared pages takes at most one part in so many and one of the time
_WAITID = {"x86_64": 247, "aarch64": 95}
_P_PID, _WNOWAIT_WEXITED = 1, 0x01000004
_libc: Any = ctypes.CDLL(None, use_errno=True)


class Counters:
    """CPU time and memory kills, from the container's own cgroup where it can be read.

    Elsewhere CPU time is added up over the processes there are. What the sum loses is what a
    process took along whose parent did not ask for it, and stays counted.
    """

    def __init__(self, cgroup: tuple[str, str] | None) -> None:
        self.cgroup = cgroup
        self.last = 0.0
        self.lost = 0.0

    def kills(self) -> int:
        if self.cgroup is None:
            return 0
        with open(self.cgroup[0]) as stream:
            return next(
                (int(line.split()[1]) for line in stream if line.startswith("oom_kill ")), 0
            )

    def cpu_s(self, pid: int) -> float:
        if self.cgroup is None:
            now = sum(_process_cpu(each) for each in (pid, *descendants(pid)))
            self.lost += max(0.0, self.last - now)
            self.last = now
            return self.lost + now
        with open(self.cgroup[1]) as stream:
            text = stream.read()
        return int(text) / 1e9 if text[:1].isdigit() else int(text.split()[1]) / 1e6


class Memory:
    """The memory of one child's processes, and the most that was seen of it.

    ``shared_mb`` is what of a fresh child's resident memory is its supervisor's.
    """

    def __init__(self, pid: int, shared_mb: float) -> None:
        self.pid = pid
        self.shared_mb = shared_mb
        self.peak_mb = 0.0
        self.rest_until = 0.0

    def look(self, limit_mb: float) -> float:
        """Look at every process; returns the MiB in use, exactly where more than ``limit_mb`` may
        be.
        """
        pids = list(descendants())
        resident = sum(_resident_mb(pid) for pid in pids) - self.shared_mb * min(1, len(pids))
        if resident <= self.peak_mb and resident <= limit_mb:
            return resident
        if len(pids) > 1:
            if time.monotonic() < self.rest_until:
                return min(resident, limit_mb)  # looked at again after a rest
            started = time.monotonic()
            resident = sum(self._proportional_mb(pid) for pid in pids)
            self.rest_until = time.monotonic() + _REST * (time.monotonic() - started)
        self.peak_mb = max(self.peak_mb, resident)
        return resident

    def _proportional_mb(self, pid: int) -> float:
        found = proportional_mb(pid)
        return max(0.0, _resident_mb(pid) - 2 * self.shared_mb) if found is None else found

    def take_peak(self, ended_mb: float | None) -> None:
        """Count the peak of the child itself: the kernel's figure, or ``ended_mb`` when it has
        ended.
        """
        peak = _peak_mb(self.pid) if ended_mb is None else ended_mb
        self.peak_mb = max(self.peak_mb, peak - self.shared_mb)


class Ended(NamedTuple):
    """What a process that ended had used, with every child that was waited for."""

    cpu_s: float
    peak_mb: float  # of the largest of them


def ended(pid: int) -> Ended | None:
    """Return what a child of this process used that has ended and is not reaped; None where the
    kernel does not say.
    """
    number = _WAITID.get(os.uname().machine)
    told, used = ctypes.create_string_buffer(128), (ctypes.c_long * 18)()
    if (
        number is None
        or _libc.syscall(ctypes.c_long(number), _P_PID, pid, told, _WNOWAIT_WEXITED, used) != 0
    ):
        return None
    return Ended(used[0] + used[2] + (used[1] + used[3]) / 1e6, used[4] / 1024)


def shared_mb(pid: int) -> float:
    """Return how much of the resident memory of a fresh child is its supervisor's."""
    own = proportional_mb(pid)
    return 0.0 if own is None else max(0.0, _resident_mb(pid) - own)


def proportional_mb(pid: int) -> float | None:
    """Return the proportional set size of a process, None where it may not be read."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as stream:
            return next(
                (int(line.split()[1]) / 1024 for line in stream if line.startswith("Pss:")), 0.0
            )
    except OSError:
        return None


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


def _peak_mb(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/status") as stream:
            return next(
                (int(line.split()[1]) / 1024 for line in stream if line.startswith("VmHWM")), 0.0
            )
    except OSError:
        return 0.0


def _resident_mb(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/statm") as stream:
            return int(stream.read().split()[1]) * _PAGE / _MIB
    except (OSError, IndexError):
        return 0.0
