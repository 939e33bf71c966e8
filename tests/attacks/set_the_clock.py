"""Tries: set the machine's clock.
Stopped by: the system-call filter ends the process
Docker: refused
Bubblewrap: refused
Local: skip
"""

import time


def run(world):
    time.clock_settime(time.CLOCK_REALTIME, 0)
    return ["set the clock"]
