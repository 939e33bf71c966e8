"""Tries: an object whose unpickling runs a command.
Stopped by: nothing is ever unpickled; the object cannot be encoded
Docker: invalid
Bubblewrap: invalid
Local: invalid
"""

import os


class Command:
    def __reduce__(self):
        return os.system, ("touch /tmp/unpickled",)


def run(world):
    return Command()
