"""Tries: read memory, disks and the kernel's log through devices, or make the devices itself.
Stopped by: they are not there, and making them takes a privilege
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import os
import stat


def run(world):
    loot = []
    for name in (
        "mem",
        "kmem",
        "port",
        "sda",
        "vda",
        "nvme0n1",
        "kmsg",
        "kvm",
        "fuse",
        "loop-control",
        "net/tun",
    ):
        try:
            os.close(os.open(f"/dev/{name}", os.O_RDONLY | os.O_NONBLOCK))
            loot.append(name)
        except OSError:
            continue
    try:
        os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0))
        loot.append("made a disk")
    except OSError:
        pass
    return loot
