"""Tries: take away the mounts that cover the container's own folders.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: ok
"""

import ctypes


def run(world):
    libc = ctypes.CDLL(None)
    return [
        path for path in ("/tmp", "/dev/shm", "/dev/mqueue") if libc.umount2(path.encode(), 2) == 0
    ]
