"""Tries: watch the kernel and other processes through performance events.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: not contained
"""

import ctypes


def run(world):
    event = ctypes.create_string_buffer((112).to_bytes(8, "little") * 14, 112)
    return ["opened an event"] if ctypes.CDLL(None).syscall(298, event, -1, 0, -1, 0) >= 0 else []
