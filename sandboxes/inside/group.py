"""The counters of a control group, of version 1 or 2, read through descriptors that stay open.

A container finds its own group under /sys/fs/cgroup. Elsewhere the engine makes a group for each
supervisor and hands the descriptors down (`cladogen.sandboxes.control_group`), so that nothing of
it has to be mounted.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_MIB = 1 << 20
FILES = {
    2: {"kills": "memory.events", "cpu": "cpu.stat", "memory": "memory.stat"},
    1: {
        "kills": "memory/memory.oom_control",
        "cpu": "cpuacct/cpuacct.usage",
        "memory": "memory/memory.stat",
    },
}


class GroupCounters:
    """The counters of one group: memory kills, CPU time, memory held."""

    def __init__(self, descriptors: Mapping[str, int]) -> None:
        self.descriptors = descriptors

    def kills(self) -> int:
        """Return how many processes the kernel has ended here to take their memory back."""
        return _counted(self._read("kills"), "oom_kill")

    def cpu_s(self) -> float:
        text = self._read("cpu")
        if text[:1].isdigit():
            return int(text) / 1e9  # version 1
        return _counted(text, "usage_usec") / 1e6

    def held_mb(self) -> float:
        """Return the memory of all processes and of what none of them maps (files in memory)."""
        text = self._read("memory")
        plain = _counted(text, "anon") or _counted(text, "total_rss")
        shared = _counted(text, "total_shmem") or _counted(text, "shmem")
        return (plain + shared) / _MIB

    def _read(self, name: str) -> str:
        return os.pread(self.descriptors[name], 1 << 14, 0).decode()


def _counted(text: str, name: str) -> int:
    lines = (line.split() for line in text.splitlines())
    return next((int(line[1]) for line in lines if line[0] == name), 0)


def find(root: str = "/sys/fs/cgroup") -> GroupCounters | None:
    """Return the group of this container, when it can read its own."""
    for names in FILES.values():
        opened = {}
        try:
            for key, name in names.items():
                opened[key] = os.open(f"{root}/{name}", os.O_RDONLY)
            with open(f"{root}/{names['kills']}") as stream:
                if any(line.startswith("oom_kill ") for line in stream):
                    return GroupCounters(opened)
        except OSError:
            pass
        for descriptor in opened.values():
            os.close(descriptor)
    return None
