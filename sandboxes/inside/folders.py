"""The folders a candidate can write to, made empty again, and scratch folders that have an owner.

A scratch folder is its owner's for as long as a lock on it is held: the kernel lets go of it when
the owner ends, in whatever pid namespace it was. Its process number would mean nothing there.
"""

from __future__ import annotations

import fcntl
import glob
import itertools
import os
import tempfile


def make_held(prefix: str) -> str:
    """Make a scratch folder that is this process's until it ends."""
    while True:
        folder = tempfile.mkdtemp(prefix=prefix)
        try:
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_SH)
            if os.stat(folder).st_ino == os.fstat(lock).st_ino:
                return folder  # the lock stays open
            os.close(lock)
        except FileNotFoundError:
            continue  # swept before it was locked


def unheld(prefix: str) -> list[str]:
    """Return this user's scratch folders whose owners have ended.

    The number in a name, of a process of another version that took no lock, may say that it lives;
    that one is gone, it does not say.
    """
    found = []
    for folder in glob.glob(os.path.join(tempfile.gettempdir(), glob.escape(prefix) + "*")):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            number = os.path.basename(folder)[len(prefix) :].partition("-")[0]
            if os.fstat(lock).st_uid == os.getuid() and not os.path.exists(f"/proc/{number}"):
                found.append(folder)
        except OSError:
            continue  # held
        finally:
            os.close(lock)
    return found


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
