"""Tries: load a filter of its own that answers the refused calls, so that nobody is told of them.
Stopped by: loading another filter is refused itself
Docker: refused
Bubblewrap: refused
Local: ok
"""

import ctypes
import struct


def run(world):
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000), 8)
    program = struct.pack("=HxxxxxxQ", 1, ctypes.addressof(code))
    libc.prctl(38, 1, 0, 0, 0)
    libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0)
    return []
