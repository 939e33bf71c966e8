"""Tries: type commands into the terminal of whoever runs it.
Stopped by: no terminal, a session of its own, and the filter refuses the request
Docker: ok
Bubblewrap: ok
Local: ok
"""

import fcntl
import os


def run(world):
    loot = []
    for name in ("/dev/tty", "/dev/console", "/dev/tty0", "/dev/pts/0"):
        try:
            descriptor = os.open(name, os.O_RDWR)
            fcntl.ioctl(descriptor, 0x5412, b"x")
            loot.append(name)
        except OSError:
            continue
    return loot
