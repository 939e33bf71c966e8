"""Tries: a loop that never ends.
Stopped by: the supervisor's clock, which ends the whole tree
Docker: timeout
Bubblewrap: timeout
Local: timeout
"""


def run(world):
    while True:
        pass
