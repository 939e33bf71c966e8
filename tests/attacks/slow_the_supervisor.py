"""Tries: give process 1 the lowest priority for CPU and disk, so that its clock and limits lag.
Stopped by: the filter lets priorities be set of oneself only
Docker: ok
Bubblewrap: ok
Local: ok
"""

import ctypes
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": (314, 251), "aarch64": (274, 30)}


def run(world):
    attributes = struct.pack("=IIQiIQQQ", 48, 5, 0, 0, 0, 0, 0, 0)  # SCHED_IDLE
    set_attributes, set_disk = NUMBERS[os.uname().machine]
    loot = []
    if LIBC.syscall(set_attributes, 1, attributes, 0) == 0:
        loot.append("made process 1 idle")
    if LIBC.syscall(set_disk, 1, 1, 3 << 13) == 0:
        loot.append("made process 1 wait for its disk")
    return loot
