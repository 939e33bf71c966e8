"""Tries: mount /proc anew, and a tmpfs over /usr.
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
        for name in ("proc", "tmpfs")
        if libc.mount(name.encode(), b"/usr", name.encode(), 0, None) == 0
    ]
