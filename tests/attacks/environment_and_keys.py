"""Tries: find the host's environment, with its keys.
Stopped by: a clean environment, for the supervisor as for its children
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os


def run(world):
    loot = [name for name in os.environ if "KEY" in name or "SECRET" in name or "TOKEN" in name]
    for pid in ("self", "1", str(os.getppid())):
        try:
            with open(f"/proc/{pid}/environ", "rb") as stream:
                text = stream.read()
        except OSError:
            continue
        loot += [f"in {pid}" for word in (b"API_KEY", b"LOOT") if word in text]
    return loot
