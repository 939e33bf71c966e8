"""The standard streams of a container, over one connection to the daemon."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from cladogen.errors import SandboxError

_ASKED_AT_MOST, _ASKED_EVERY_S = 10, 0.1  # how often, how long a daemon is asked for a memory kill


class Attached:
    """The three standard streams of a container over one connection to the daemon."""

    def __init__(self, ask: Callable[..., Any], client: Any, container: str) -> None:
        self.ask = ask
        self.client = client
        self.container = container
        self.reader = asyncio.StreamReader(limit=1 << 20)
        self.errors = bytearray()
        self.response: Any = None
        self.demultiplexing: asyncio.Task[None] | None = None
        self.ended = False

    async def open(self) -> None:
        flags = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self.response = await self.ask(self.client.api.attach_socket, self.container, flags)
        connection: socket.socket = getattr(self.response, "_sock", self.response)
        raw = connection.dup()
        raw.setblocking(False)
        reader, self.writer = await asyncio.open_connection(sock=raw, limit=1 << 20)
        self.demultiplexing = asyncio.create_task(self._demultiplex(reader))

    async def end(self) -> None:
        """Close the line first, for an attached stream that nobody reads blocks the daemon; then
        remove.
        """
        if self.ended:
            return
        self.ended = True
        if self.demultiplexing is not None:
            self.writer.transport.abort()
            self.demultiplexing.cancel()
            await asyncio.gather(self.demultiplexing, return_exceptions=True)
        if self.response is not None:
            _close_response(self.response)
        try:
            await self.ask(_remove, self.client, self.container)
        except SandboxError as error:
            logging.getLogger(__name__).warning("%s", error)

    def last_words(self) -> str:
        """Return the last line of what the container wrote to standard error."""
        lines = self.errors.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    async def memory_kills(self, known: int = -1) -> int:
        """Return how often the daemon has seen the kernel take memory back in the container. It
        tells of that a little late, so it is asked again while it is no more than ``known``.
        """
        for again in range(_ASKED_AT_MOST):
            if again:
                await asyncio.sleep(_ASKED_EVERY_S)
            found = len(await self.ask(_memory_events, self.client, self.container))
            if found > known:
                break
        return found

    async def _demultiplex(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                stream, size = struct.unpack(">BxxxI", await reader.readexactly(8))
                while size:
                    part = await reader.read(min(size, 1 << 18))
                    if not part:
                        raise asyncio.IncompleteReadError(b"", size)
                    size -= len(part)
                    self._take(stream, part)
        except (asyncio.IncompleteReadError, OSError):
            self.reader.feed_eof()

    def _take(self, stream: int, part: bytes) -> None:
        if stream == 1:
            self.reader.feed_data(part)
        else:
            self.errors += part
            del self.errors[:-8192]


def _remove(client: Any, container: str) -> None:
    from docker.errors import APIError, NotFound

    try:
        client.api.remove_container(container, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != 409:  # it is being removed already
            raise


def _memory_events(client: Any, container: str) -> list[Any]:
    """Return the memory kills among the last events that the daemon keeps."""
    wanted = {"container": container, "event": "oom"}
    now = f"{time.time():.9f}"  # it ends the stream
    return list(client.api.events(since=0, until=now, filters=wanted, decode=True))


def _close_response(response: Any) -> None:
    connection = getattr(response, "_sock", None)
    response.close()
    if connection is not None:
        connection.close()
