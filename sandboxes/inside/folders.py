"""The folders a candidate can write to, made empty again."""

from __future__ import annotations

import os
import shutil


def wipe() -> None:
    """Empty every folder a candidate can write to."""
    for folder in ("/tmp", "/dev/shm", "/dev/mqueue"):
        if os.path.isdir(folder):
            for name in os.listdir(folder):
                remove(os.path.join(folder, name))


def remove(path: str) -> None:
    """Remove a file or a folder that its owner may have made unreadable."""
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o700)
    shutil.rmtree(path, ignore_errors=True)
