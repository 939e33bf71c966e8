"""Tries: do its work in a grandchild whose parent has left, so that its CPU time is nobody's.
Stopped by: time is counted for the whole group, by an inherited counter, or from the supervisor down
Cpu: 0.29
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os
import time


def run(world):
    reader, writer = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            end = time.process_time() + 0.3
            while time.process_time() < end:
                pass
        os._exit(0)
    os.wait()
    os.close(writer)
    os.read(reader, 1)
    return []
