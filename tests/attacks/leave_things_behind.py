"""Tries: leave files, shared memory, queues, semaphores and locks for a later candidate (which looks for them).
Stopped by: a private tmpfs under every writable folder, a private ipc namespace, and no System V IPC
Docker: ok
Bubblewrap: ok
Local: skip
"""

import ctypes
import os


def run(world):
    for folder in ("/tmp", "/dev/shm", "/dev/mqueue", "/var/tmp", os.environ["HOME"], "."):
        try:
            with open(f"{folder}/left-behind", "w") as stream:
                stream.write("left-behind")
        except OSError:
            continue
    libc = ctypes.CDLL(None)
    libc.shmget(0x5EED, 4096, 0o1666)
    libc.semget(0x5EED, 1, 0o1666)
    libc.msgget(0x5EED, 0o1666)
    libc.mq_open(b"/left-behind", os.O_CREAT | os.O_RDWR, 0o666, None)
    return []
