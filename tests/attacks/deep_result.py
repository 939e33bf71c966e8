"""Tries: a list nested a hundred thousand deep.
Stopped by: the encoder refuses it
Docker: invalid or crash
Bubblewrap: invalid or crash
Local: invalid or crash
"""


def run(world):
    value = []
    for _ in range(100_000):
        value = [value]
    return value
