"""Tries: read the scorer, its cases, and this package's source.
Stopped by: nothing of either is in the candidate's root
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os


def run(world):
    loot = []
    for folder in ("/usr/local", "/opt", "/srv", "/work", "/home"):
        for place, folders, names in os.walk(folder):
            loot += [
                os.path.join(place, name)
                for name in names
                if name in ("scorer.py", "scorer_service.py")
            ]
            folders[:] = [name for name in folders if name not in ("numpy", "gcc", "python3")]
    try:
        open(world["scorer_file"], "rb").read(1)
        loot.append("read the scorer")
    except OSError:
        pass
    return loot[:3]
