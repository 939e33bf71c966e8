"""Tries: write one file without end, and a sparse one of a terabyte.
Stopped by: the file size limit, and the size of the tmpfs
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os


def run(world):
    loot = []
    with open("huge", "wb", buffering=0) as stream:
        try:
            os.truncate(stream.fileno(), 1 << 40)
            loot.append("made a sparse terabyte")
        except OSError:
            pass
        os.truncate(stream.fileno(), 0)
        try:
            while True:
                stream.write(b"x" * (1 << 20))
        except OSError:
            pass
        if os.fstat(stream.fileno()).st_size > 2 * world["files_mb"] << 20:
            loot.append("wrote past the limit")
    return loot
