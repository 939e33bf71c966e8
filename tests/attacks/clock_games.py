"""Tries: make the clock say that no time has passed, and set the machine's clock.
Stopped by: the supervisor's own clock; no privilege to set any
Wall: 0.3
Docker: ok
Bubblewrap: ok
Local: ok
"""

import time


def run(world):
    started = time.monotonic()
    while time.monotonic() - started < 0.35:
        pass
    time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
    return []
