"""Tries: kill process 1, its parent, and everything it can name.
Stopped by: another pid namespace; process 1 ignores signals from inside
Docker: ok or crash
Bubblewrap: ok or crash
Local: skip
"""

import os
import signal


def run(world):
    for pid in (1, os.getppid(), *range(2, 100)):
        if pid != os.getpid():
            for number in (signal.SIGKILL, signal.SIGSTOP):
                try:
                    os.kill(pid, number)
                except OSError:
                    continue
    return []
