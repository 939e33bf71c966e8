"""Tries: take limits, CPUs and priority away from the processes that guard it.
Stopped by: the filter lets prlimit and priority work on oneself only; they are in other namespaces
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os
import resource


def run(world):
    loot = []
    for pid in {os.getppid(), 1} - {0, os.getpid()}:
        for name, change in (
            ("prlimit", lambda pid: resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, 0))),
            ("affinity", lambda pid: os.sched_setaffinity(pid, {0})),
            ("priority", lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19)),
        ):
            try:
                change(pid)
                loot.append(f"{name} of {pid}")
            except (OSError, ValueError):
                continue
    return loot
