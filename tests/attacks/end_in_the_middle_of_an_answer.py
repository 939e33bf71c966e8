"""Tries: announce an answer, send half of it and end, so that its guard waits and spins for the rest.
Stopped by: the end of the pipe ends the answer, and the end of the process says why
Docker: crash
Bubblewrap: crash
Local: crash
"""

import os
import stat
import struct
import sys


def run(world):
    frame = sys._getframe()
    while "token" not in frame.f_locals:
        frame = frame.f_back
    half = struct.pack(">8sBIQII", frame.f_locals["token"], 0, 0, 100, 0, 0) + b"1" * 50
    for descriptor in range(3, 64):
        if is_open_pipe(descriptor):
            try:
                os.write(descriptor, half)
            except OSError:
                continue
    os._exit(0)


def is_open_pipe(descriptor):
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False
