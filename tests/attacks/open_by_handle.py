"""Tries: open files by handle, past every folder's permission (as "shocker" did).
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: ok
"""

import ctypes


def run(world):
    handle = ctypes.create_string_buffer(
        (8).to_bytes(4, "little") + (1).to_bytes(4, "little") + (2).to_bytes(8, "little"), 64
    )
    return ["opened the root"] if ctypes.CDLL(None).syscall(304, 3, handle, 0) >= 0 else []
