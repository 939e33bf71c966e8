"""The folders a candidate can write to, made empty again."""

from __future__ import annotations

import itertools
import os


def wipe() -> None:
    """Empty every folder a candidate can write to."""
    for folder in ("/tmp", "/dev/shm", "/dev/mqueue"):
        if os.path.isdir(folder):
            for name in os.listdir(folder):
                remove(os.path.join(folder, name))


def remove(path: str) -> None:
    """Remove a file, or a folder, which its owner may have made unreadable or deeper than any path
    can say.
    """
    try:
        if os.path.islink(path) or not os.path.isdir(path):
            os.unlink(path)
        else:
            _take_apart(path)
    except OSError:
        return  # somebody else's, or gone already


def _take_apart(path: str) -> None:
    """Empty a folder and remove it; folders below are moved up to it first, so that depth is no
    matter.
    """
    moved = (f"{path}/{os.urandom(8).hex()}" for _ in itertools.count())
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        os.chmod(folder, 0o700)
        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)
                waiting.append(next(moved))
                os.rename(entry.path, waiting[-1])
            else:
                os.unlink(entry.path)
        if folder != path:
            os.rmdir(folder)
    os.rmdir(path)
