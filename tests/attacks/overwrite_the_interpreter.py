"""Tries: overwrite the program that runs it, or that runs process 1, through /proc.
Stopped by: read-only root; process 1 is not dumpable
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os


def run(world):
    loot = []
    for pid in ("self", "1", str(os.getppid())):
        try:
            with open(f"/proc/{pid}/exe", "r+b"):
                loot.append(f"opened /proc/{pid}/exe for writing")
        except OSError:
            continue
    return loot
