"""Tries: ignore SIGCHLD, so that the kernel forgets the CPU time of the children that do its work.
Stopped by: the group or the inherited counter keeps it; where processes are added up, it is refused
Cpu: 0.25
Docker: ok
Bubblewrap: ok or refused
Local: ok or refused
"""

import os
import signal
import time


def run(world):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in range(15):
        reader, writer = os.pipe()
        if os.fork() == 0:
            end = time.process_time() + 0.02
            while time.process_time() < end:
                pass
            os._exit(0)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
    return []
