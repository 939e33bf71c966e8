"""Tries: as a command, write to every descriptor but its output, and to its runner's memory.
Stopped by: the runner's descriptors are closed in the command, and its memory is not readable
Kind: command
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os

for number in range(3, 256):
    try:
        os.write(number, b"\0" * 64)
    except OSError:
        continue
try:
    with open(f"/proc/{os.getppid()}/mem", "r+b"):
        loot = ["opened its runner's memory"]
except OSError:
    loot = []
print("[]" if not loot or os.getuid() != 65534 else '["opened its runner\'s memory"]')
