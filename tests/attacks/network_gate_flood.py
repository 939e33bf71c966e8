"""Tries: with a network, wear the gate out: connections without end, heads without end, tunnels that say nothing.
Stopped by: so many connections at once, heads of so many bytes in so many seconds; the gate is a process of its own
Network: listed
Docker: ok or timeout
Bubblewrap: ok or timeout
Local: skip
"""

import contextlib
import socket


def run(world):
    held = []
    for number in range(3000):
        line = socket.socket()
        line.setblocking(False)
        with contextlib.suppress(OSError):
            line.connect(("127.0.0.1", 3128))
        start = (b"", b"CONNECT ", b"GET http://x/ HTTP/1.1\r\nA: ", b"x" * 65536)[number % 4]
        with contextlib.suppress(OSError):
            line.send(start)
        held.append(line)
        if len(held) > 200:
            held.pop(0).close()
    return []
