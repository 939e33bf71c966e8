"""Memory that is in no process's resident set: found through the descriptors of the processes.

Where no control group counts it. Files in memory count as they are allocated, pipes as they are
long, sockets of the internet families as /proc/net tells, and other sockets as long as they may
become. A shared mapping without a file counts in full, for its pages stay when the process that
made it gives up its own view of them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Container, Iterable, Iterator

from cladogen.sandboxes.inside import segments

_MIB = 1 << 20
_GET_PIPE_SIZE = 1032
_MEMORY_FILES = ("/memfd:", "/dev/shm/", "/dev/zero (deleted)", "/SYSV")
_TABLES = ("tcp", "tcp6", "udp", "udp6")


def mb(pids: Iterable[int], makers: Container[int] = ()) -> float:
    """Return the MiB that the processes hold outside their own address spaces, and that ``makers``
    made, some of which may have ended.
    """
    pids = list(pids)
    found: dict[str, int] = {}  # each object once, however many processes hold it
    found.update((f"segment:{number}", size) for number, size in segments.made_by(makers))
    for pid in pids:
        found.update(_descriptors(pid))
    resident = _take_mappings(pids, found)
    if any(name.startswith("socket:") for name in found):
        _take_queues(pids[0], found)
    return sum(max(0, size - resident.get(name, 0)) for name, size in found.items()) / _MIB


def _take_queues(pid: int, found: dict[str, int]) -> None:
    """Set what the sockets that are found hold."""
    found.update((name, size) for name, size in _queues(pid) if name in found)


def _take_mappings(pids: Iterable[int], found: dict[str, int]) -> dict[str, int]:
    """Add what processes map to what is found; return how much of each is resident in them."""
    resident: dict[str, int] = {}
    for pid in pids:
        for name, size, mapped in _shared_mappings(pid):
            found[name] = size
            resident[name] = resident.get(name, 0) + mapped
    return resident


def _descriptors(pid: int) -> Iterator[tuple[str, int]]:
    folder = f"/proc/{pid}/fd"
    try:
        numbers = os.listdir(folder)
    except OSError:
        return
    for number in numbers:
        try:
            yield _sized(os.readlink(f"{folder}/{number}"), f"{folder}/{number}")
        except OSError:
            continue


def _sized(name: str, path: str) -> tuple[str, int]:
    """Return what an open file is called, the same wherever it is open, and its bytes in memory."""
    if name.startswith("pipe:"):
        return name, _pipe_size(path)
    if name.startswith("socket:"):
        return name, 0
    if not name.startswith(_MEMORY_FILES):
        return name, 0
    status = os.stat(path)
    return f"{status.st_dev}:{status.st_ino}", status.st_blocks * 512


def _pipe_size(path: str) -> int:
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return fcntl.fcntl(pipe, _GET_PIPE_SIZE)
    finally:
        os.close(pipe)


def _longest_queue() -> int:
    """Return how much may wait in a socket."""
    try:
        with open("/proc/sys/net/core/wmem_max") as stream:
            return int(stream.read())
    except (OSError, ValueError):
        return 212_992


def _queues(pid: int) -> Iterator[tuple[str, int]]:
    """Yield what waits in the sockets of a process's network; of Unix sockets, what may wait."""
    yield from _unix_queues(pid)
    for table in _TABLES:
        try:
            with open(f"/proc/{pid}/net/{table}") as stream:
                rows = [line.split() for line in stream][1:]
        except OSError:
            continue
        for row in rows:
            sent, received = row[4].split(":")
            yield f"socket:[{row[9]}]", int(sent, 16) + int(received, 16)


def _unix_queues(pid: int) -> Iterator[tuple[str, int]]:
    longest = 2 * _longest_queue()
    try:
        with open(f"/proc/{pid}/net/unix") as stream:
            for line in list(stream)[1:]:
                yield f"socket:[{line.split()[6]}]", longest
    except OSError:
        return


def _shared(words: list[str]) -> str:
    """Return what a mapping of memory without a file is called, "" for any other mapping."""
    if len(words) < 6 or not words[5].startswith(_MEMORY_FILES[2:]):
        return ""
    segment = words[5].startswith("/SYSV")  # its inode is the segment's number
    return f"segment:{words[4]}" if segment else f"mapping:{words[3]}:{words[4]}"


def _shared_mappings(pid: int) -> Iterator[tuple[str, int, int]]:
    """Yield the shared mappings of memory without a file: name, size, and this process's part of
    what is resident.
    """
    name, size = "", 0
    for line in _resident_mappings(pid):
        words = line.split(None, 5)
        if "-" in words[0] and len(words) >= 5:
            start, end = (int(part, 16) for part in words[0].split("-"))
            name, size = _shared(words), end - start
        elif name and words[0] == "Pss:":
            yield name, size, int(words[1]) * 1024


def _resident_mappings(pid: int) -> list[str]:
    """Return the lines on a process's mappings, which are slow to read: none where it has no shared
    mapping of memory without a file.
    """
    try:
        with open(f"/proc/{pid}/maps") as stream:
            mapped = stream.read()
        if not any(name in mapped for name in _MEMORY_FILES[2:]):
            return []
        with open(f"/proc/{pid}/smaps") as stream:
            return stream.readlines()
    except OSError:
        return []
