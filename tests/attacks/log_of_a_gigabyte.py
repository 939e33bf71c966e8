"""Tries: write a gigabyte to standard error.
Stopped by: the log is drained, its middle forgotten, and its size limited
Docker: invalid
Bubblewrap: invalid
Local: invalid
"""

import os


def run(world):
    part = b"x" * (1 << 20)
    for _ in range(1024):
        os.write(2, part)
    return []
