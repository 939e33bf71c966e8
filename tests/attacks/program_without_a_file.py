"""Tries: run a program that is in no file, with a set-user bit, and one from its own folders.
Stopped by: no new privileges; nothing of it outlives the candidate
Docker: ok
Bubblewrap: ok or refused
Local: ok
"""

import os
import shutil
import subprocess


def run(world):
    memory = os.memfd_create("program", 0)
    with open(shutil.which("id"), "rb") as source:
        os.write(memory, source.read())
    loot = []
    command = [f"/proc/self/fd/{memory}", "-u"]
    try:
        os.fchmod(memory, 0o6755)
        done = subprocess.run(
            command, pass_fds=[memory], capture_output=True, text=True, check=False
        )
        if done.stdout.strip() == "0":
            loot.append("root")
    except OSError:
        pass
    return loot
