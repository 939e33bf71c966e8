"""Trusted services: the line to one, and the one that runs as a plain host process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from cladogen.errors import SandboxError
from cladogen.sandboxes.base import Service
from cladogen.sandboxes.line.process import HostProcess, start_process

_LARGEST_REPLY = 256 << 20


class ServiceLine:
    """A line to a service: one request, one reply, in order; a broken line stays broken."""

    def __init__(
        self,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        kill: Callable[[], Awaitable[None]],
        last_words: Callable[[], Awaitable[str]],
    ) -> None:
        self.name = name
        self.reader = reader
        self.writer = writer
        self.kill = kill
        self.last_words = last_words
        self.turn = asyncio.Lock()
        self.broken = ""

    async def request(self, frame: bytes, timeout_s: float) -> bytes:
        """Send a frame and return the reply; raises SandboxError at the deadline or when the
        service died.
        """
        async with self.turn:
            if self.broken:
                raise SandboxError(self.broken)
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._exchange(frame)
            except TimeoutError:
                self.broken = f"{self.name} did not answer within {timeout_s:g} s"
            except (OSError, asyncio.IncompleteReadError):
                self.broken = (
                    f"{self.name} ended without answering: "
                    f"{await self.last_words() or 'it said nothing'}"
                )
            except asyncio.CancelledError:
                self.broken = f"{self.name} was interrupted in the middle of an answer"
                raise
            finally:
                if self.broken:
                    await self.kill()
            raise SandboxError(self.broken)

    async def close(self) -> None:
        self.broken = self.broken or f"{self.name} is closed"
        await self.kill()

    async def _exchange(self, frame: bytes) -> bytes:
        self.writer.write(len(frame).to_bytes(8, "big") + frame)
        await self.writer.drain()
        size = int.from_bytes(await self.reader.readexactly(8), "big")
        if size > _LARGEST_REPLY:
            raise OSError(f"a reply of {size} bytes")
        return await self.reader.readexactly(size)


async def host_service(service: Service) -> ServiceLine:
    """Start a service as a host process of its own, with this Python and its packages."""
    command = [sys.executable, "-P", "-m", service.module, *service.arguments]
    kept = {
        key: value
        for key, value in os.environ.items()
        if key in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
    }
    return process_line(service, await start_process(command, {**kept, "PYTHONHASHSEED": "0"}))


def process_line(service: Service, process: HostProcess) -> ServiceLine:
    """Return the line to a service that is a process of ours."""
    return ServiceLine(
        f"the service {service.module}",
        process.reader,
        process.writer,
        process.end,
        process.last_words,
    )
