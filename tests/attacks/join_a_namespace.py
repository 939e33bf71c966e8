"""Tries: join the namespaces of process 1.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: ok
"""

import ctypes
import os


def run(world):
    descriptor = os.open("/proc/self/ns/net", os.O_RDONLY)
    return ["joined"] if ctypes.CDLL(None).setns(descriptor, 0) == 0 else []
