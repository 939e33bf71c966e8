"""Tries: announce an answer of many exabytes.
Stopped by: the size is checked before memory is taken for it
Docker: invalid
Bubblewrap: invalid
Local: invalid
"""

import os
import struct
import sys


def run(world):
    frame = sys._getframe()
    while "token" not in frame.f_locals:
        frame = frame.f_back
    token = frame.f_locals["token"]
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, struct.pack(">8sBIQII", token, 0, 0, 1 << 62, 0, 0))
        except OSError:
            continue
    return []
