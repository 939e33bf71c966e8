"""Tries: write 49 days of CPU time and 4 TiB of memory into its own answer, to spoil the record.
Stopped by: what a program says it used is not read; the supervisor measures
Docker: ok
Bubblewrap: ok
Local: ok
"""

import sys


def run(world):
    frame = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()):
            used = getattr(value, "used", None)
            if used is not None:
                used.cpu_ms = used.peak_kib = 4294967295
        frame = frame.f_back
    return []
