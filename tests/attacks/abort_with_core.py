"""Tries: raise the core limit and abort, to fill a disk with core files.
Stopped by: the hard core limit is zero
Docker: crash
Bubblewrap: crash
Local: crash
"""

import os
import resource


def run(world):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
    except (OSError, ValueError):
        pass
    else:
        return ["raised the core limit"]
    os.abort()
