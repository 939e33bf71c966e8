"""Tries: wait for a child as a disk is waited for (vfork), so that its time never runs out.
Stopped by: the kernel tells for what a process waits; a wait for a child is the program's own
Docker: timeout
Bubblewrap: timeout
Local: timeout
"""

import ctypes
import time


def run(world):
    if ctypes.PyDLL(None).vfork() == 0:
        time.sleep(60)
    return "LOOT: waited as long as it liked"
