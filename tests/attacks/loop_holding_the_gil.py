"""Tries: one endless call into C that never lets another thread run.
Stopped by: the clock is in another process
Docker: timeout
Bubblewrap: timeout
Local: timeout
"""


def run(world):
    return sum(1 for _ in iter(int, 1)) if world is None else max(range(10**15))
