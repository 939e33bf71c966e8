"""Tries: reach abstract Unix sockets of the host, which no file system hides.
Stopped by: they belong to the network namespace
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import socket


def run(world):
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect("\0" + world["abstract"])
        except OSError:
            return []
    return ["connected"]
