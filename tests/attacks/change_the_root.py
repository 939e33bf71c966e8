"""Tries: break out of its root.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: ok
"""

import ctypes


def run(world):
    return ["changed its root"] if ctypes.CDLL(None).chroot(b"/tmp") == 0 else []
