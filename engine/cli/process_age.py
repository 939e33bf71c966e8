"""How long this process has been running: a busy machine takes seconds to load a program."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_STARTED = 19  # the field of /proc/self/stat, counted after the name: proc_pid_stat(5), field 22


def process_age_s() -> float:
    """Return how long this process has been running, 0.0 where the system does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        up_s = float(Path("/proc/uptime").read_text().split()[0])
        return max(0.0, up_s - int(fields[_STARTED]) / os.sysconf("SC_CLK_TCK"))
    return 0.0
