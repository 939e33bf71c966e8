"""The memory of a candidate, from its control group or from what /proc tells of its processes.

Memory is proportional: a page that n processes share counts for 1/n in each of them, so that
workers forked from one process count what they share once. Where one process is all there is, its
peak is the kernel's own; the peak of several together is looked for twenty times a second. What no
process maps (files in memory, what waits in pipes and sockets) counts, too: a control group knows
it, and elsewhere `unmapped` adds it up.
"""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any, NamedTuple

from cladogen.sandboxes.inside import unmapped
from cladogen.sandboxes.inside.group import GroupCounters
from cladogen.sandboxes.inside.processes import descendants

_MIB = 1 << 20
_PAGE = os.sysconf("SC_PAGE_SIZE")
_REST = 4  # looking at shared pages takes at most one part in so many and one of the time
_WAITID = {"x86_64": 247, "aarch64": 95}
_P_PID, _WNOWAIT_WEXITED = 1, 0x01000004
_libc: Any = ctypes.CDLL(None, use_errno=True)


class Fresh(NamedTuple):
    """What there is before a candidate begins: none of it counts as the candidate's."""

    shared_mb: float = 0.0  # of a new child's resident memory, what is its supervisor's
    group_mb: float = 0.0  # in the control group


class CandidateMemory:
    """The memory of a candidate ``pid`` and of all below ``top``, and the most that was seen of
    it.
    """

    def __init__(
        self, pid: int, top: int, fresh: Fresh, group: GroupCounters | None, limit_mb: float
    ) -> None:
        self.pid, self.top = pid, top
        self.limit_mb = limit_mb
        self.fresh = fresh
        self.group = group
        self.seen = {pid}  # every process of the candidate's that was looked at
        self.peak_mb = 0.0
        self.rest_until = 0.0

    def look(self, limit_mb: float, own_mb: float = 0.0) -> float:
        """Look at everything; returns the MiB in use, exactly where more than ``limit_mb`` may be.

        ``own_mb`` is what the supervisor itself holds of the candidate's answer.
        """
        mapped = self._of_processes(limit_mb)
        if self.group is not None:
            used = max(mapped, self.grouped_mb(own_mb))
            self.peak_mb = max(self.peak_mb, used)
            return used
        below = list(descendants(self.top))
        self.seen.update(below)
        used = mapped + unmapped.mb(below, self.seen)
        self.peak_mb = max(self.peak_mb, mapped, min(used, self.limit_mb))  # partly a bound
        return used

    def grouped_mb(self, own_mb: float) -> float:
        """Return the MiB that the control group counts beyond what was there before: memory of
        processes and files in memory. 0 without a group.
        """
        if self.group is None:
            return 0.0
        return self.group.held_mb() - self.fresh.group_mb - own_mb

    def _of_processes(self, limit_mb: float) -> float:
        pids = list(descendants(self.top))
        resident = sum(map(_resident_mb, pids))
        resident -= self.fresh.shared_mb * min(1, len(pids))
        if resident <= self.peak_mb and resident <= limit_mb:
            return resident
        if len(pids) > 1:
            if time.monotonic() < self.rest_until:
                return min(resident, self.peak_mb)  # looked at again after a rest
            started = time.monotonic()
            resident = sum(map(self._proportional_mb, pids))
            self.rest_until = time.monotonic() + _REST * (time.monotonic() - started)
        return resident

    def _proportional_mb(self, pid: int) -> float:
        found = proportional_mb(pid)
        if found is None:
            return max(0.0, _resident_mb(pid) - 2 * self.fresh.shared_mb)
        return found

    def take_peak(self, ended_mb: float | None) -> None:
        """Count the peak of the child itself: the kernel's figure, or ``ended_mb`` when it has
        ended.
        """
        peak = _peak_mb(self.pid) if ended_mb is None else ended_mb
        self.peak_mb = max(self.peak_mb, peak - self.fresh.shared_mb)


class EndedUsage(NamedTuple):
    """What a process that ended had used, with every child that was waited for."""

    cpu_s: float
    peak_mb: float  # of the largest of them


def ended(pid: int) -> EndedUsage | None:
    """Return what a child of this process used that has ended and is not reaped; None where the
    kernel does not say.
    """
    number = _WAITID.get(os.uname().machine)
    info, used = ctypes.create_string_buffer(128), (ctypes.c_long * 18)()
    if (
        number is None
        or _libc.syscall(ctypes.c_long(number), _P_PID, pid, info, _WNOWAIT_WEXITED, used) != 0
    ):
        return None
    return EndedUsage(used[0] + used[2] + (used[1] + used[3]) / 1e6, used[4] / 1024)


def fresh(pid: int, group: GroupCounters | None) -> Fresh:
    """Return what there is with a new child ``pid`` that waits for its program."""
    own = proportional_mb(pid)
    shared = 0.0 if own is None else max(0.0, _resident_mb(pid) - own)
    return Fresh(shared, group.held_mb() if group is not None else 0.0)


def proportional_mb(pid: int) -> float | None:
    """Return the proportional set size of a process, None where it may not be read."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as stream:
            return next(
                (int(line.split()[1]) / 1024 for line in stream if line.startswith("Pss:")), 0.0
            )
    except OSError:
        return None


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
