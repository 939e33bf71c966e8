"""Tries: have the kernel choose the supervisor when memory runs out: many small processes, none preferred as a victim.
Stopped by: its end takes everything along; the program is tried once more in a new container, then it is its own fault
Docker: out_of_memory or crash or timeout
Bubblewrap: out_of_memory or crash or timeout or ok
Local: skip
"""

import os
import time


def run(world):
    for _ in range(24):
        if os.fork() == 0:
            with open("/proc/self/oom_score_adj", "w") as stream:
                stream.write("0")
            held = []
            while True:
                try:
                    held.append(b"x" * (1 << 20))
                except MemoryError:
                    time.sleep(10)
    time.sleep(10)
