"""Tries: find, in its own memory, programs, inputs and outputs of earlier candidates, nonces and held-out data.
Stopped by: a child is forked before its job is read; the supervisor passes bytes through one small buffer
Docker: ok
Bubblewrap: ok
Local: ok
"""

import re


def run(world):
    mark = re.compile(b"LO" + b"OT-[0-9a-f]{16}")
    loot = set()
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if area:
                try:
                    memory.seek(int(area[1], 16))
                    found = memory.read(int(area[2], 16) - int(area[1], 16))
                except (OSError, OverflowError):
                    continue
                loot |= {hit.decode() for hit in mark.findall(found)}
    return sorted(loot)
