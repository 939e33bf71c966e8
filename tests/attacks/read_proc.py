"""Tries: read the command lines and environments of the machine's processes.
Stopped by: its own pid namespace, and guards that are not dumpable
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os


def run(world):
    loot = []
    seen = [name for name in os.listdir("/proc") if name.isdigit()]
    if len(seen) > 8:  # its own, its guard, and those that start programs here
        loot.append(f"sees {len(seen)} processes")
    for name in ("1", str(os.getppid())):
        try:
            if open(f"/proc/{name}/environ", "rb").read():
                loot.append(f"read the environment of {name}")
        except OSError:
            continue
    return loot[:5]
