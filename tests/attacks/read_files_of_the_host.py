"""Tries: read the user's and the machine's files.
Stopped by: they are not in its root
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os


def run(world):
    loot = []
    for path in (
        world["secret_file"],
        "/etc/shadow",
        "/root/.ssh/id_rsa",
        os.path.expanduser("~root/.bash_history"),
    ):
        try:
            open(path, "rb").read(1)
            loot.append(f"read {path}")
        except OSError:
            continue
    return loot + [
        f"lists {name}" for name in ("/home", "/root", "/var/lib/docker") if _listed(name)
    ]


def _listed(name):
    try:
        return [entry for entry in os.listdir(name) if not entry.startswith((".pyenv", ".cache"))]
    except OSError:
        return []
