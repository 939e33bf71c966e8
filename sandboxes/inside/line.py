"""The supervisor's line to the engine.

Frames are a kind (one byte), a length (eight) and the body. Down: START, PROGRAM, CALL, and RENEW
between jobs; up: HELLO, RESULT, END.
"""

from __future__ import annotations

import os
import struct
from typing import Any

from cladogen.sandboxes.inside import folders, processes

START, PROGRAM, CALL, RENEW = b"S", b"P", b"C", b"N"
HELLO, RESULT, END = b"H", b"R", b"E"
HEAD = struct.Struct(">cQ")
REPORT = struct.Struct(
    ">16sBdddQIIQ"
)  # nonce, status, wall, cpu, peak MiB, output bytes, sizes: detail, log, output
CHUNK = 1 << 16


class EngineLine:
    """The two descriptors to the engine. The end of the stream ends this process, and with it
    everything here.
    """

    def __init__(self, down: int, up: int, scratch: str) -> None:
        self.down = down
        self.up = up
        self.scratch = scratch
        self.buffer = bytearray(CHUNK)

    def head(self) -> tuple[bytes, int]:
        kind, size = HEAD.unpack(self.take(HEAD.size))
        return kind, size

    def take(self, size: int) -> bytes:
        """Read exactly ``size`` bytes of what is no secret (headers and limits)."""
        data = b""
        while len(data) < size:
            part = os.read(self.down, size - len(data))
            if not part:
                self.gone()
            data += part
        return data

    def chunk(self, size: int) -> memoryview:
        """Read at most ``size`` bytes into the one buffer."""
        view = memoryview(self.buffer)[: min(size, CHUNK)]
        count = os.readv(self.down, [view])
        if not count:
            self.gone()
        return view[:count]

    def gone(self) -> None:
        """The engine is gone: end every process of this sandbox, take away what they wrote, end."""
        processes.kill_descendants()
        if self.scratch:
            folders.remove(self.scratch)
        os._exit(0)

    def wipe(self) -> None:
        """Forget what was passed on last: the next child is a fork of this process."""
        self.buffer[:] = bytes(CHUNK)

    def skip_frames(self, count: int) -> None:
        for _ in range(count):
            _, size = self.head()
            while size:
                size -= len(self.chunk(size))

    def send(self, kind: bytes, body: bytes) -> None:
        self.write(HEAD.pack(kind, len(body)) + body)

    def write(self, data: Any) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self.up, view) :]
            except BrokenPipeError:
                self.gone()
