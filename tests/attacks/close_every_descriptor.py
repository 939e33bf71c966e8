"""Tries: close every descriptor, so that no answer can be written.
Stopped by: the end of the process is watched apart from its pipes
Docker: crash or timeout
Bubblewrap: crash or timeout
Local: crash or timeout
"""

import os


def run(world):
    os.closerange(0, 1024)
    return []
