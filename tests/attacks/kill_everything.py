"""Tries: kill every process it may signal at once.
Stopped by: another pid namespace
Docker: ok or crash
Bubblewrap: ok or crash
Local: skip
"""

import os
import signal


def run(world):
    os.kill(-1, signal.SIGKILL)
    return []
