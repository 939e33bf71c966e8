"""Tries: the same by clone, whose flags are its argument.
Stopped by: the filter looks at the flags; clone3, whose flags it cannot see, does not exist
Docker: refused
Bubblewrap: refused
Local: not contained
"""

import ctypes
import os


def run(world):
    libc = ctypes.CDLL(None)
    pid = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return ["made a namespace"] if pid > 0 else []
