"""Tries: announce an answer and send it byte by byte, then stop one byte before its end.
Stopped by: the clock runs until the answer is complete; sizes are counted, not messages
Docker: timeout
Bubblewrap: timeout
Local: timeout
"""

import os
import stat
import struct
import sys


def run(world):
    frame = sys._getframe()
    while "token" not in frame.f_locals:
        frame = frame.f_back
    token = frame.f_locals["token"]
    pipes = [d for d in range(3, 64) if is_open_pipe(d)]
    for byte in struct.pack(">8sBIQII", token, 0, 3, 100, 0, 0) + b"abc" + b"1" * 99:
        for descriptor in pipes:
            try:
                os.write(descriptor, bytes([byte]))
            except OSError:
                continue
    while True:
        pass


def is_open_pipe(descriptor):
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False
