"""Tries: leave a daemon of its own session behind.
Stopped by: the end of the pid namespace takes every process along
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os
import time


def run(world):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for descriptor in range(256):
                try:
                    os.close(descriptor)
                except OSError:
                    continue
            while True:
                time.sleep(1)
        os._exit(0)
    return []
