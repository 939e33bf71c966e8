"""Tries: a user namespace of its own, to be root in.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: not contained
"""

import ctypes


def run(world):
    return ["is root in a namespace"] if ctypes.CDLL(None).unshare(0x10000000) == 0 else []
