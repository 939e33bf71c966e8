"""Tries: make refused calls in many threads and processes, interrupt them again and again, and answer meanwhile.
Stopped by: the first call that is seen ends every process; one that was taken back was not made
Docker: refused or ok
Bubblewrap: refused or ok
Local: not contained
"""

import ctypes
import os
import signal
import threading

LIBC = ctypes.CDLL(None, use_errno=True)


def trace():
    while True:
        LIBC.ptrace(16, 1, 0, 0)  # PTRACE_ATTACH


def take_back():
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    trace()


def run(world):
    signal.signal(signal.SIGALRM, lambda *_: None)
    for _ in range(4):
        if os.fork() == 0:
            for _ in range(3):
                threading.Thread(target=trace, daemon=True).start()
            take_back()
    return []
