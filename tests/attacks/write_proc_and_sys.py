"""Tries: write kernel settings in /proc/sys, /sys and sysrq-trigger.
Stopped by: read-only mounts, and no privilege
Docker: ok
Bubblewrap: ok
Local: skip
"""


def run(world):
    loot = []
    for path in (
        "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/hostname",
        "/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/sys/kernel/mm/transparent_hugepage/enabled",
        "/proc/irq/0/smp_affinity",
    ):  # fmt: skip
        try:
            with open(path, "r+b"):
                loot.append(f"opened {path} for writing")
        except OSError:
            continue
    return loot
