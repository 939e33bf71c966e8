"""How a call ended, and the head and tail of what the candidate wrote meanwhile."""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field
from typing import Any

from cladogen.sandboxes.inside.failure import Used

OK, INVALID, CRASH, TIMEOUT, OUT_OF_MEMORY, REFUSED, INFRA = range(7)
BUSY = "the machine was too busy"  # how the detail of such an INFRA begins
_HALF = 4096  # of the log, at its head and at its tail


@dataclass
class CallResult:
    """How one call ended. ``abnormal``: the child cannot serve the next call.

    ``used`` is what the child says it used, which counts only where it is the runner of a command.
    """

    status: int
    detail: Any  # text of ours, or what the child wrote, still in the mapping it was read into
    log: Log | None = None
    output: Any = b""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    output_bytes: int = 0
    abnormal: bool = True
    used: Used = field(default_factory=Used)

    def parts(self) -> tuple[Any, list[memoryview], Any]:
        """Return detail, log and output as bytes that nobody copied."""
        detail = self.detail.encode() if isinstance(self.detail, str) else self.detail
        return detail, self.log.parts() if self.log is not None else [], self.output


class Log:
    """The head and the tail of what a child writes; the middle is counted and forgotten.

    Kept in a mapping, which is given back to the kernel: a later child, a fork of this process,
    finds nothing.
    """

    def __init__(self) -> None:
        self.area = mmap.mmap(-1, 2 * _HALF)
        self.size = 0

    def add(self, part: memoryview) -> None:
        room = min(max(0, _HALF - self.size), len(part))
        self.area[self.size : self.size + room] = part[:room]
        rest = part[room:][-_HALF:]
        start = (self.size + len(part) - len(rest) - _HALF) % _HALF
        first = min(len(rest), _HALF - start)
        self.area[_HALF + start : _HALF + start + first] = rest[:first]
        self.area[_HALF : _HALF + len(rest) - first] = rest[first:]
        self.size += len(part)

    def parts(self) -> list[memoryview]:
        """Return the text in order: the head, a note on what was left out, the tail."""
        view, rest = memoryview(self.area), self.size - _HALF
        if rest <= _HALF:
            return [view[: self.size]]
        turn = _HALF + rest % _HALF
        note = f"\n... {rest - _HALF} bytes left out ...\n".encode()
        return [view[:_HALF], memoryview(note), view[turn:], view[_HALF:turn]]
