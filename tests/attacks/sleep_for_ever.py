"""Tries: sleep for ever.
Stopped by: the wall clock, not only CPU time
Docker: timeout
Bubblewrap: timeout
Local: timeout
"""

import time


def run(world):
    time.sleep(1e6)
