"""Tries: go on writing to every descriptor from a child after the answer.
Stopped by: one answer for each call, with a token of that call; the rest is never read
Docker: ok or crash
Bubblewrap: ok or crash
Local: ok or crash
"""

import os


def run(world):
    if os.fork() == 0:
        while True:
            for descriptor in range(64):
                try:
                    os.write(descriptor, b"\0" * 4096)
                except OSError:
                    continue
    return []
