"""Tries: read and write the memory of its parent and of process 1 through /proc.
Stopped by: those processes are not dumpable, and belong to another user namespace
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os


def run(world):
    loot = []
    for pid in (os.getppid(), 1):
        for name in ("mem", "maps", "environ", "fd", "cwd/.."):
            try:
                path = f"/proc/{pid}/{name}"
                os.listdir(path) if name == "fd" or "/" in name else open(path, "rb").read(1)
                loot.append(f"opened {path}")
            except OSError:
                continue
    return loot
