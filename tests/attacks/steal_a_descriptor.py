"""Tries: take a descriptor out of process 1 through a pidfd.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: ok
"""

import ctypes
import os


def run(world):
    libc = ctypes.CDLL(None, use_errno=True)
    for process in (1, os.getppid()):
        try:
            pidfd = os.pidfd_open(process)
        except OSError:
            continue
        if libc.syscall(438, pidfd, 0, 0) >= 0:
            return ["a descriptor of process 1"]
    return []
