"""Tries: trace its parent and process 1.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: not contained
"""

import ctypes
import os


def run(world):
    libc = ctypes.CDLL(None)
    return [f"traced {pid}" for pid in {os.getppid(), 1} if libc.ptrace(16, pid, 0, 0) == 0]
