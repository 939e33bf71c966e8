"""Tries: take memory as shared anonymous mappings, which data limits do not count.
Stopped by: the cgroup counts it; where there is none, the supervisor adds up resident memory
Docker: out_of_memory or timeout
Bubblewrap: out_of_memory or timeout
Local: out_of_memory or timeout
"""

import mmap


def run(world):
    kept = []
    while True:
        try:
            area = mmap.mmap(-1, 16 << 20)
        except OSError:
            raise MemoryError from None
        area.write(b"x" * (16 << 20))
        kept.append(area)
