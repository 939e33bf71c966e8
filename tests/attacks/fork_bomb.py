"""Tries: fork until the machine stands still.
Stopped by: the pids limit of the container; RLIMIT_NPROC of the user namespace
Docker: timeout or crash or out_of_memory
Bubblewrap: timeout or crash or out_of_memory
Local: skip
"""

import os


def run(world):
    while True:
        try:
            os.fork()
        except OSError:
            continue
