"""Tries: write the answer to the next call ahead of time, so that it costs no time.
Stopped by: each call's token comes with its input, after the answer before
Docker: crash
Bubblewrap: crash
Local: crash
"""

import os
import struct


def run(world):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, struct.pack(">8sBIQII", os.urandom(8), 0, 0, 2, 0, 0) + b"[]")
        except OSError:
            continue
    return []
