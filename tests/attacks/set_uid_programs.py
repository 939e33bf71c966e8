"""Tries: become root through a set-uid program, one found or one made.
Stopped by: no new privileges, nosuid mounts, no capabilities
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os


def run(world):
    loot = []
    status = dict(
        line.split(":\t", 1)
        for line in open("/proc/self/status").read().splitlines()
        if ":\t" in line
    )
    if status.get("NoNewPrivs") != "1":
        loot.append("may gain privileges")
    loot += [
        f"has {name} {status[name]}"
        for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")
        if int(status[name], 16)
    ]
    try:
        os.setuid(0)
        loot.append("is root")
    except OSError:
        pass
    open("copy", "w").close()
    os.chmod("copy", 0o6755)
    return loot
