"""Tries: send two answers in one write, the second for a call that is not made yet, split in its head.
Stopped by: what follows an answer is read with the next call, and has not its token
Docker: ok or crash
Bubblewrap: ok or crash
Local: ok or crash
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
    answer = struct.pack(">8sBIQII", token, 0, 0, 2, 0, 0) + b"[]"
    for descriptor in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.write(descriptor, answer + answer[:11])
        except OSError:
            continue
    return []
