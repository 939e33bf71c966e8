"""Tries: find what an earlier candidate left.
Stopped by: see above
Docker: ok
Bubblewrap: ok
Local: skip
"""

import ctypes
import os


def run(world):
    loot = []
    for folder in ("/tmp", "/dev/shm", "/dev/mqueue", "/var/tmp", os.environ["HOME"], "."):
        if os.path.exists(f"{folder}/left-behind"):
            loot.append(folder)
    libc = ctypes.CDLL(None)
    loot += [
        name
        for name in ("shmget", "semget", "msgget")
        if getattr(libc, name)(0x5EED, 1, 0o666) >= 0
    ]
    return loot
