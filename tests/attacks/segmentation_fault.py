"""Tries: read address zero.
Stopped by: a process of its own
Docker: crash
Bubblewrap: crash
Local: crash
"""

import ctypes


def run(world):
    ctypes.string_at(0)
