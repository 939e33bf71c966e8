"""Tries: read and write the kernel's keyrings, which no namespace divides.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: not contained
"""

import ctypes


def run(world):
    serial = ctypes.CDLL(None).syscall(248, b"user", b"left-behind", b"x", 1, ctypes.c_int(-3))
    return ["kept a key"] if serial > 0 else []
