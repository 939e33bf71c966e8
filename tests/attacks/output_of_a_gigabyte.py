"""Tries: return more than anyone wants to read.
Stopped by: the size is checked before memory is taken for it
Docker: invalid or out_of_memory
Bubblewrap: invalid or out_of_memory
Local: invalid or out_of_memory
"""


def run(world):
    return "x" * (40 << 20)
