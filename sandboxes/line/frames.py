"""Length-prefixed frames: how a trusted service (the scorer) is asked and answers.

A frame is eight bytes of length, eight of a request's number, both big-endian, and that many bytes.
A reply has its request's number; with `GONE` added to it, it says in words why no reply comes. A
request of no bytes gives the one of its number up. A service's module calls `serve` (in `serving`)
with a function from request to reply; what it prints goes to standard error, so that a stray print
cannot break a frame.
"""

from __future__ import annotations

import os
import struct

from cladogen.errors import SandboxError

HEAD = struct.Struct(">QQ")  # length, number
GONE = 1 << 63


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


def _read(descriptor: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.read(descriptor, min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
