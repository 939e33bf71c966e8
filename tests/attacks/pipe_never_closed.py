"""Tries: keep every pipe open in a child after the answer, so that the reader waits for its end.
Stopped by: an answer has a length; nobody waits for the end of a pipe
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os
import time


def run(world):
    if os.fork() == 0:
        while True:
            time.sleep(1)
    return []
