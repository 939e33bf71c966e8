"""Tries: take memory in many processes, each below the limit.
Stopped by: the limit is of the whole container; the supervisor adds up the whole tree
Docker: out_of_memory or timeout
Bubblewrap: out_of_memory or timeout
Local: out_of_memory or timeout
"""

import os
import time


def run(world):
    for _ in range(12):
        if os.fork() == 0:
            kept = b"x" * (60 << 20)
            while kept:
                time.sleep(0.1)
    while True:
        time.sleep(0.1)
