"""Tries: load a BPF program into the kernel.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: ok
"""

import ctypes


def run(world):
    return (
        ["made a map"]
        if ctypes.CDLL(None).syscall(321, 0, ctypes.create_string_buffer(128), 128) >= 0
        else []
    )
