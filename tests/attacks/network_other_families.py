"""Tries: sockets of other families: vsock to the hypervisor, netlink, packet, Bluetooth, crypto.
Stopped by: the filter lets Unix and internet sockets be made, nothing else
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import socket


def run(world):
    loot = []
    for name, family, kind in (
        ("vsock", 40, socket.SOCK_STREAM), ("netlink", 16, socket.SOCK_RAW), ("packet", 17, socket.SOCK_RAW),
        ("bluetooth", 31, socket.SOCK_STREAM), ("alg", 38, socket.SOCK_SEQPACKET), ("raw ip", 2, socket.SOCK_RAW),
    ):  # fmt: skip
        try:
            socket.socket(family, kind).close()
            loot.append(name)
        except OSError:
            continue
    return loot
