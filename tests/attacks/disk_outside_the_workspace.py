"""Tries: write anywhere but in its own folders.
Stopped by: the root is read-only, and the user is nobody
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os


def run(world):
    loot = []
    for folder in (
        "/",
        "/usr",
        "/usr/bin",
        "/etc",
        "/opt",
        "/opt/cladogen/packages",
        "/var/tmp",
        "/dev",
        "/root",
        "/home",
    ):
        try:
            path = os.path.join(folder, "written-by-attack")
            open(path, "w").close()
            os.unlink(path)
            loot.append(f"wrote to {folder}")
        except OSError:
            continue
    return loot
