"""Tries: take memory as bytes that wait in sockets and pipes of many processes.
Stopped by: the group counts it; elsewhere sockets and pipes are added up as long as they may become
Docker: out_of_memory or crash
Bubblewrap: out_of_memory or crash
Local: out_of_memory or crash
"""

import os
import socket
import time


def fill(descriptor):
    os.set_blocking(descriptor, False)
    try:
        while True:
            os.write(descriptor, b"x" * 4096)
    except BlockingIOError:
        return


def run(world):
    for _ in range(20):
        if os.fork() == 0:
            kept = []
            try:
                while True:
                    pair = socket.socketpair()
                    for end in pair:
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                        fill(end.fileno())
                    kept.append(pair)
            except OSError:
                while True:
                    time.sleep(0.1)
    time.sleep(1.2)
    raise MemoryError("held for more than a second")
