"""Tries: do its work in a program that it may not read, which the kernel's counters leave.
Stopped by: the group counts it; elsewhere its own clock does, while it is there or is waited for
Cpu: 0.25
Docker: ok
Bubblewrap: ok
Local: ok
"""

import os
import shutil
import subprocess
import tempfile


def run(world):
    copy = os.path.join(tempfile.gettempdir(), "busy")
    shutil.copyfile("/bin/sh", copy)
    os.chmod(copy, 0o111)
    script = "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done"
    subprocess.run([copy, "-c", script], check=True)
    return []
