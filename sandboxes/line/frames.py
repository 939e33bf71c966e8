"""Length-prefixed frames: how a trusted service (the scorer) is asked and answers.

A frame is eight bytes of length, big-endian, and that many bytes. A service's module calls `serve`
with a function from request to reply; what it prints goes to standard error, so that a stray print
cannot break a frame.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

from cladogen.errors import SandboxError


def serve(answer: Callable[[bytes], bytes]) -> None:
    """Answer each request frame from standard input on standard output, until standard input
    ends.
    """
    down, up = os.dup(0), os.dup(1)
    threading.Thread(target=_end_with, args=(down,), daemon=True).start()
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    while (request := read_frame(down)) is not None:
        write_frame(up, answer(request))


def read_frame(descriptor: int) -> bytes | None:
    """Return the next frame, or None at the end of the stream."""
    head = _read(descriptor, 8)
    if not head:
        return None
    size = int.from_bytes(head, "big")
    body = _read(descriptor, size)
    if len(head) < 8 or len(body) < size:
        raise SandboxError("a frame was cut short: the other side ended")
    return body


def write_frame(descriptor: int, body: bytes) -> None:
    """Write one frame whole."""
    view = memoryview(len(body).to_bytes(8, "big") + body)
    while view:
        view = view[os.write(descriptor, view) :]


def _end_with(descriptor: int) -> None:
    """End this process when the other side has ended, also in the middle of an answer."""
    poll = select.poll()
    poll.register(descriptor, 0)
    while not any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
        continue
    os._exit(0)


def _read(descriptor: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.read(descriptor, min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
