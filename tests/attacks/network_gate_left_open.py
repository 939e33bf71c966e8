"""Tries: with a network, leave a process behind that keeps a connection to a listed host.
Stopped by: every program with a network has a sandbox and a gate of its own, and both end with it
Network: listed
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os
import socket
import time


def run(world):
    for _ in range(5):
        if os.fork() == 0:
            os.setsid()
            line = socket.create_connection(("127.0.0.1", 3128))
            line.sendall(f"CONNECT 127.0.0.1:{world['listed']} HTTP/1.1\r\n\r\n".encode())
            time.sleep(1e6)
    return []
