"""Tries: with a network, become the gate, or speak to it as the supervisor does: its port, its folder, its socket.
Stopped by: the gate holds the listener outside; its socket is gone before a candidate starts, its folder is read-only
Network: listed
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os
import socket


def run(world):
    loot = []
    for options in ((), (socket.SO_REUSEADDR,), (socket.SO_REUSEADDR, socket.SO_REUSEPORT)):
        for host in ("127.0.0.1", "0.0.0.0"):
            with socket.socket() as mine:
                for option in options:
                    mine.setsockopt(socket.SOL_SOCKET, option, 1)
                try:
                    mine.bind((host, 3128))
                    mine.listen()
                    loot.append(f"listens in the gate's place on {host}")
                except OSError:
                    continue
    with socket.socket() as listener, socket.socket(socket.AF_UNIX) as door:
        listener.bind(("127.0.0.1", 0))
        try:
            door.connect("/run/cladogen/gate")
            socket.send_fds(door, [b"\1"], [listener.fileno()])
            loot.append("spoke to the gate's own socket")
        except OSError:
            pass
    try:
        loot += os.listdir("/run/cladogen")
        with open("/run/cladogen/gate", "w"):
            loot.append("wrote in the gate's folder")
    except OSError:
        pass
    return loot
