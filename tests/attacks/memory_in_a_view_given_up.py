"""Tries: fill a shared mapping and give up its view of it, so that the pages are in no process.
Stopped by: the group counts it; elsewhere a shared mapping counts in full
Docker: out_of_memory
Bubblewrap: out_of_memory
Local: out_of_memory
"""

import mmap
import time


def run(world):
    kept = []
    for _ in range(40):
        area = mmap.mmap(-1, 16 << 20)
        for at in range(0, len(area), mmap.PAGESIZE):
            area[at] = 1
        area.madvise(mmap.MADV_DONTNEED)
        kept.append(area)
        time.sleep(0.005)
    while kept:
        time.sleep(0.1)
