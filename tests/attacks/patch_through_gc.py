"""Tries: find limits and settings among all objects and change them.
Stopped by: the limits that count are in the supervisor
Docker: timeout or crash
Bubblewrap: timeout or crash
Local: timeout or crash
"""

import gc


def run(world):
    gc.unfreeze()
    for thing in gc.get_objects():
        if isinstance(thing, dict) and "time_s" in thing:
            thing["time_s"] = thing["cpu_s"] = thing["memory_mb"] = 1e9
    while True:
        pass
