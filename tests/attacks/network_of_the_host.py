"""Tries: reach a service that listens on the host, by every address it can think of.
Stopped by: a network namespace with nothing but its own loopback
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import socket


def run(world):
    loot = []
    for host in (
        "127.0.0.1",
        "::1",
        "172.17.0.1",
        "10.0.2.2",
        "192.168.65.2",
        "host.docker.internal",
        *world["addresses"],
    ):
        try:
            with socket.create_connection((host, world["port"]), timeout=0.1):
                loot.append(f"connected to {host}")
        except OSError:
            continue
    return loot
