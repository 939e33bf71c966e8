"""Tries: userfaultfd, the usual help in kernel exploits.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: not contained
"""

import ctypes


def run(world):
    return ["got it"] if ctypes.CDLL(None).syscall(323, 1) >= 0 else []
