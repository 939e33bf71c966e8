"""Tries: load a kernel module, and start another kernel.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: ok
"""

import ctypes


def run(world):
    libc = ctypes.CDLL(None)
    return [
        name
        for name, number in (("module", 175), ("kexec", 246))
        if libc.syscall(number, 0, 0, 0, 0) == 0
    ]
