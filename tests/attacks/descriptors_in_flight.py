"""Tries: hold descriptors in messages that nobody reads, which count for a user of the whole machine, past every limit.
Stopped by: the kernel counts what is in flight against the sender's limit, which is lower than the supervisor's
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os
import socket


def run(world):
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    near.setblocking(False)
    loot, sent = [], 0
    for _ in range(200):
        try:
            socket.send_fds(near, [b"x"], [near.fileno()] * 250)
            sent += 250
        except OSError:
            break
    if sent > 1000:
        loot.append(f"{sent} descriptors in flight")
    if os.fork() == 0:
        os.setsid()
        far.recv(1, socket.MSG_PEEK)
        while True:
            os.sched_yield()
    return loot
