"""Tries: reach a cloud's metadata service and the internet, by TCP and UDP.
Stopped by: a network namespace with nothing but its own loopback
Docker: ok
Bubblewrap: ok
Local: skip
"""

import socket


def run(world):
    loot = []
    for host, port in (("169.254.169.254", 80), ("1.1.1.1", 443), ("8.8.8.8", 53)):
        try:
            with socket.create_connection((host, port), timeout=0.1):
                loot.append(f"connected to {host}")
        except OSError:
            pass
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.sendto(b"x", (host, port))
                loot.append(f"sent to {host}")
        except OSError:
            continue
    return loot
