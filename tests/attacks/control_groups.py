"""Tries: change its control group, or have the kernel run a program through release_agent.
Stopped by: they are mounted read-only, or not at all
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os


def run(world):
    loot = []
    for folder, _, names in os.walk("/sys/fs/cgroup"):
        for name in names:
            if name in (
                "release_agent",
                "memory.limit_in_bytes",
                "memory.max",
                "cgroup.procs",
                "pids.max",
            ):
                try:
                    with open(os.path.join(folder, name), "r+b"):
                        loot.append(os.path.join(folder, name))
                except OSError:
                    continue
    return loot[:3]
