"""What a candidate uses: CPU time and memory, from its container's cgroup or from what /proc tells of its processes."""

from __future__ import annotations

import os
import time

from cladogen.sandboxes.inside.processes import descendants

_MIB = 1 << 20


class Counters:
    """CPU time and memory kills, from the container's own cgroup where it can be read.

    Elsewhere CPU time is added up over the processes there are. What the sum loses is what a process took along whose
    parent did not ask for it, and stays counted.
    """

    def __init__(self, cgroup: tuple[str, str] | None) -> None:
        self.cgroup = cgroup
        self.last = 0.0
        self.lost = 0.0

    def kills(self) -> int:
        if self.cgroup is None:
            return 0
        with open(self.cgroup[0]) as stream:
            return next((int(line.split()[1]) for line in stream if line.startswith("oom_kill ")), 0)

    def cpu_s(self, pid: int) -> float:
        if self.cgroup is None:
            now = sum(_process_cpu(each) for each in (pid, *descendants(pid)))
            self.lost += max(0.0, self.last - now)
            self.last = now
            return self.lost + now
        with open(self.cgroup[1]) as stream:
            text = stream.read()
        return int(text) / 1e9 if text[:1].isdigit() else int(text.split()[1]) / 1e6


def _process_cpu(pid: int) -> float:
    """Return the CPU seconds of a process and of the children it has waited for."""
    try:
        own = time.clock_gettime((~pid << 3) | 2)  # the clock of another process, as clock_getcpuclockid names it
        with open(f"/proc/{pid}/stat") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except (OSError, ValueError):
        return 0.0
    return own + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/status") as stream:
            return next((int(line.split()[1]) / 1024 for line in stream if line.startswith("VmHWM")), 0.0)
    except OSError:
        return 0.0


def tree_mb() -> float:
    """Return the resident memory of everything below this process, in MiB."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for process in descendants():
        try:
            with open(f"/proc/{process}/statm") as stream:
                total += int(stream.read().split()[1]) * page
        except (OSError, IndexError):
            continue
    return total / _MIB
