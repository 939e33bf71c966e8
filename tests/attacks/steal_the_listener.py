"""Tries: find the descriptor that tells of refused calls, or one of a guard's, and answer the calls itself.
Stopped by: it was given away before the program was read; other processes' descriptors are not readable
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import errno
import fcntl
import os
import stat

NOTIF_ID_VALID, NOTIF_RECV = 0x40082102, 0xC0502100


def run(world):
    loot = []
    for descriptor in range(1024):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                loot.append(f"descriptor {descriptor} is a socket")
            fcntl.ioctl(descriptor, NOTIF_ID_VALID, bytes(8))
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINPROGRESS):
                loot.append(f"descriptor {descriptor} is a listener")
    own = os.readlink("/proc/self")
    for process in [name for name in os.listdir("/proc") if name.isdigit() and name != own]:
        try:
            names = os.listdir(f"/proc/{process}/fd")
        except OSError:
            continue
        loot += [f"process {process}, descriptor {name}" for name in names]
    return loot
