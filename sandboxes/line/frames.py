"""Length-prefixed frames: how a trusted service (the scorer) is asked and answers.

A frame is eight bytes of length, eight of a request's number, both big-endian, and that many bytes.
A reply has its request's number; with `GONE` added to it, it says that no reply comes. A request of
no bytes gives the one of its number up. A service's module calls `serve` with a function from
request to reply; what it prints goes to standard error, so that a stray print cannot break a frame.
"""

from __future__ import annotations

import os
import select
import struct
import threading
from collections.abc import Callable

from cladogen.errors import SandboxError

HEAD = struct.Struct(">QQ")  # length, number
GONE = 1 << 63


def serve(answer: Callable[[bytes], bytes], forks: Callable[[], int] = lambda: 0) -> None:
    """Answer each request frame from standard input on standard output, until standard input ends.

    ``forks`` is asked after the first: so many forks of this process may answer the others at once.
    """
    down, up = os.dup(0), os.dup(1)
    threading.Thread(target=_end_with, args=(down,), daemon=True).start()
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    while (found := read_frame(down)) is not None:
        number, request = found
        if request:
            write_frame(up, answer(request), number)
        if most := forks():
            from cladogen.sandboxes.line.dispatch import Dispatcher

            Dispatcher(down, up, answer, most).serve()
            return


def read_frame(descriptor: int) -> tuple[int, bytes] | None:
    """Return the next frame's number and body, or None at the end of the stream."""
    head = _read(descriptor, HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        raise SandboxError("a frame was cut short: the other side ended")
    size, number = HEAD.unpack(head)
    body = _read(descriptor, size)
    if len(body) < size:
        raise SandboxError("a frame was cut short: the other side ended")
    return number, body


def write_frame(descriptor: int, body: bytes, number: int) -> None:
    """Write one frame whole."""
    view = memoryview(HEAD.pack(len(body), number) + body)
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
