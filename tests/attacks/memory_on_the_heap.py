"""Tries: take memory without end.
Stopped by: the memory limit, without swap; resource limits where there is no cgroup
Docker: out_of_memory
Bubblewrap: out_of_memory
Local: out_of_memory
"""


def run(world):
    kept = []
    while True:
        kept.append(b"x" * (8 << 20))
