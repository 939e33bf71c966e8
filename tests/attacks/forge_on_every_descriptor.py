"""Tries: write results, as the supervisor would, to every descriptor it has.
Stopped by: the line to the engine is not open in the child; a result carries a nonce the child never sees
Docker: crash
Bubblewrap: crash
Local: crash
"""

import os
import struct


def run(world):
    body = struct.pack(">16sBdddQIIQ", b"\0" * 16, 0, 0.0, 0.0, 0.0, 4, 0, 0, 4) + b"1e99"
    frame = struct.pack(">cQ", b"R", len(body)) + body
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, frame)
        except OSError:
            continue
    return []
