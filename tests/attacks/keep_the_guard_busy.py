"""Tries: write all the time, so that its guard never finds a quiet moment to look at memory and CPU time.
Stopped by: the guard looks by the clock, whatever comes; the memory limit of the container
Docker: out_of_memory or timeout
Bubblewrap: out_of_memory or timeout
Local: out_of_memory or timeout
"""

import os
import time


def run(world):
    for _ in range(4):
        if os.fork() == 0:
            taken = bytearray(100 << 20)
            taken[::4096] = bytes([1]) * len(taken[::4096])
            time.sleep(60)
    while True:
        os.write(2, b".")
        time.sleep(0.001)
