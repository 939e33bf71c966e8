"""Tries: io_uring, whose operations no filter sees.
Stopped by: the system-call filter says there is no such call
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import ctypes


def run(world):
    return (
        ["got a ring"]
        if ctypes.CDLL(None).syscall(425, 4, ctypes.create_string_buffer(256)) >= 0
        else []
    )
