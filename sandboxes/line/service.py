"""Trusted services: the line to one, and the one that runs as a plain host process."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial

from cladogen.errors import NO_MORE_THREADS, SandboxError, WorldAway
from cladogen.sandboxes.base import Service
from cladogen.sandboxes.line.frames import GONE, HEAD
from cladogen.sandboxes.line.process import HostProcess, start_process

_LARGEST_REPLY = 256 << 20
_SOON_S = 0.02  # for what a fork wrote before it ended; its service goes on


class ServiceLine:
    """A line to a service: a reply for each request, as many at once as it was widened to.

    One at a time is how it begins; then a request that is given up leaves the service in the middle
    of an answer, and the line is broken for good. A wider line goes on without that request.
    """

    def __init__(
        self,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        kill: Callable[[], Awaitable[None]],
        last_words: Callable[[float], Awaitable[str]],
        ending: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        self.name = name
        self.reader = reader
        self.writer = writer
        self.kill = kill
        self.last_words = last_words
        self.ending = ending or partial(last_words, 1.0)  # and how it ended, where that is known
        self.most = 1
        self.turns = asyncio.Semaphore(1)
        self.numbers = itertools.count(1)
        self.waiting: dict[int, asyncio.Future[bytes]] = {}
        self.reading: asyncio.Task[None] | None = None
        self.broken = ""

    def widen(self, most: int) -> None:
        """Let so many requests be under way at once; the service has said that it can."""
        for _ in range(most - self.most):
            self.turns.release()
        self.most = max(self.most, most)

    async def request(self, frame: bytes, timeout_s: float) -> bytes:
        """Send a frame and return the reply; raises SandboxError at the deadline or when the
        service died.
        """
        async with self.turns:
            if self.broken:
                raise SandboxError(self.broken)
            number = next(self.numbers)
            reply = self.waiting[number] = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._exchange(number, frame, reply)
            except TimeoutError:
                why = f"{self.name} did not answer within {timeout_s:g} s"
                await self._give_up(number, why)
                raise SandboxError(why) from None
            except (OSError, asyncio.IncompleteReadError):
                gone = self._gone(await self.ending())
                await self._break(str(gone))
                raise gone from None
            except asyncio.CancelledError:
                await self._give_up(
                    number, f"{self.name} was interrupted in the middle of an answer"
                )
                raise
            finally:
                self.waiting.pop(number, None)
                _forget(reply)

    async def close(self) -> None:
        await self._break(f"{self.name} is closed")

    async def _exchange(self, number: int, frame: bytes, reply: asyncio.Future[bytes]) -> bytes:
        if self.reading is None:
            self.reading = asyncio.create_task(self._read())
        self.writer.write(HEAD.pack(len(frame), number) + frame)
        await self.writer.drain()
        return await reply

    async def _read(self) -> None:
        """Hand every reply to who waits for it, until the line ends."""
        error: Exception
        try:
            while True:
                size, number = HEAD.unpack(await self.reader.readexactly(HEAD.size))
                if size > _LARGEST_REPLY:
                    raise OSError(f"a reply of {size} bytes")
                body = await self.reader.readexactly(size)
                reply = self.waiting.get(number & ~GONE)
                if reply is None or reply.done():
                    continue
                if number & GONE:
                    reply.set_exception(self._gone(body.decode(), await self.last_words(_SOON_S)))
                else:
                    reply.set_result(body)
        except (OSError, asyncio.IncompleteReadError) as ended:
            error = ended
        self._fail(OSError(str(error)))

    async def _give_up(self, number: int, why: str) -> None:
        if self.most == 1:
            await self._break(why)
            return
        try:
            self.writer.write(HEAD.pack(0, number))
        except OSError:
            await self._break(str(self._gone(await self.ending())))

    async def _break(self, why: str) -> None:
        self.broken = self.broken or why
        reading, self.reading = self.reading, None
        if reading is not None:  # who ends the process reads what is left
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        self._fail(SandboxError(self.broken))
        await self.kill()

    def _fail(self, error: Exception) -> None:
        for reply in self.waiting.values():
            if not reply.done():
                reply.set_exception(error)

    def _gone(self, *said: str) -> SandboxError:
        """Return the error of a service that is gone: the world's where nothing more can be
        started.
        """
        words = "; ".join(filter(None, said)) or "it said nothing"
        if NO_MORE_THREADS in words:
            return WorldAway(f"{self.name} cannot work: {NO_MORE_THREADS}")
        return SandboxError(f"{self.name} ended without answering: {words}")


def _forget(reply: asyncio.Future[bytes]) -> None:
    """Let go of a reply that may have failed before anybody waited for it."""
    if not reply.cancel() and not reply.cancelled():
        reply.exception()


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
        process.ending,
    )
