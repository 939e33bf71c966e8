"""Tries: with a network, go past the gate: straight to the hosts, listed or not, to a name server, to the host's own.
Stopped by: a network namespace with nothing but its own loopback, also where hosts are listed
Network: listed
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import socket


def run(world):
    loot = []
    for host in (
        "127.0.0.1",
        "172.17.0.1",
        "169.254.169.254",
        "8.8.8.8",
        "1.1.1.1",
        *world["addresses"],
    ):
        for port in (world["listed"], world["port"], 53, 80, 443):
            try:
                with socket.create_connection((host, port), timeout=0.05):
                    loot.append(f"connected to {host}:{port}")
            except OSError:
                continue
    for name in ("localhost.example.com", "example.com"):
        try:
            loot.append(f"{name} is {socket.gethostbyname(name)}")
        except OSError:
            continue
    return loot
