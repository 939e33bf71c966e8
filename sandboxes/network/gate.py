"""The gate: what a candidate with a network talks to. It reaches the listed hosts, and nothing
else.

It serves a socket that listens on the loopback inside the sandbox, as an HTTP proxy: ``CONNECT
host:port``, and plain ``GET http://host/path``. It looks names up itself, once for each, and
connects to the address it has checked.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from cladogen.sandboxes.network.allow_list import Address, AllowList, address_of, shown
from cladogen.sandboxes.network.proxy_head import (
    ProxyRefused,
    ProxyRequest,
    read_answer,
    read_request,
    refusal,
)
from cladogen.sandboxes.network.sockets import (
    CHUNK,
    accepted,
    connected,
    look_up,
    read_head,
    streams,
)

_NAMED = 8  # how many of the refused are remembered by name
_LOOKED_UP = 256
Resolve = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What one candidate may have of the gate. A connection that nothing moves on for ``idle_s`` is
    closed.
    """

    connections: int = 64
    head_bytes: int = 1 << 14
    head_s: float = 10.0
    reach_s: float = 20.0
    idle_s: float = 600.0
    total_mb: float = 256.0


@dataclass
class Flow:
    """What went to and from one host."""

    connections: int = 0
    sent: int = 0
    received: int = 0


@dataclass
class Connection:
    """One connection of the candidate: its streams, its deadline, and its flow once it has one."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    clock: asyncio.Timeout
    flow: Flow = field(default_factory=Flow)

    def within(self, seconds: float) -> None:
        if not self.clock.expired():
            self.clock.reschedule(asyncio.get_running_loop().time() + seconds)


class Gate:
    """Serves the connections of one candidate."""

    def __init__(
        self, allowed: AllowList, bounds: GateLimits, resolve: Resolve | None = None
    ) -> None:
        self.allowed = allowed
        self.bounds = bounds
        self.resolve = resolve or look_up
        self.found: dict[str, tuple[Address, ...]] = {}  # a name's first answer stays its answer
        self.lookups = 0
        self.flows: dict[str, Flow] = {}
        self.refused = 0
        self.failed = 0
        self.refused_names: list[str] = []
        self.slots = asyncio.Semaphore(bounds.connections)
        self.lines: set[asyncio.Task[None]] = set()

    def report(self) -> dict[str, Any]:
        """Return what went over so far: for each host connections, bytes sent, bytes received; who
        was turned away.
        """
        flows = {
            name: [flow.connections, flow.sent, flow.received] for name, flow in self.flows.items()
        }
        return {
            "flows": flows,
            "refused": self.refused,
            "failed": self.failed,
            "names": self.refused_names,
        }

    async def serve(self, listener: socket.socket) -> None:
        """Take connections, as many at once as there is room for, until cancelled; the others wait
        in the kernel.
        """
        try:
            while True:
                await self.slots.acquire()
                task = asyncio.create_task(self._attend(await accepted(listener)))
                self.lines.add(task)
                task.add_done_callback(self._left)
        finally:
            for task in self.lines:
                task.cancel()
            await asyncio.gather(*self.lines, return_exceptions=True)

    def _left(self, task: asyncio.Task[None]) -> None:
        self.lines.discard(task)
        self.slots.release()

    async def _attend(self, near: socket.socket) -> None:
        try:
            async with (
                asyncio.timeout(self.bounds.head_s) as clock,
                streams(near, self.bounds.head_bytes) as both,
            ):
                await self._serve(Connection(*both, clock))
        except* (TimeoutError, OSError, EOFError):
            pass  # somebody left, or took too long: there is nobody to tell

    async def _serve(self, line: Connection) -> None:
        try:
            asked = await self._asked(line)
            async with self._reached(line, asked) as (reader, writer):
                await (self._exchange if asked.head else self._tunnel)(line, asked, reader, writer)
            line.writer.write_eof()
        except ProxyRefused as refused:
            self.refused += refused.status < 500
            self.failed += refused.status >= 500
            if (
                refused.host
                and refused.host not in self.refused_names
                and len(self.refused_names) < _NAMED
            ):
                self.refused_names.append(refused.host)
            line.writer.write(refusal(refused, str(self.allowed)))
            line.writer.write_eof()
        # Whoever is still sending would lose the answer to a reset, so what comes is read, for a
        # moment.
        line.within(2.0)
        while await line.reader.read(CHUNK):
            continue

    async def _asked(self, line: Connection) -> ProxyRequest:
        try:
            head = await line.reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise ProxyRefused(431, f"a head of more than {self.bounds.head_bytes} bytes") from None
        asked = read_request(head)
        name = shown(asked.host, asked.port)
        if not self.allowed.admits(asked.host, asked.port):
            raise ProxyRefused(403, f"{name} is not in the problem's network list", name)
        if self._spent() >= self.bounds.total_mb * (1 << 20):
            raise ProxyRefused(
                403, f"{self.bounds.total_mb:g} MiB went over the network; that is the limit", name
            )
        return asked

    @contextlib.asynccontextmanager
    async def _reached(
        self, line: Connection, asked: ProxyRequest
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Connect to the host at an address that was checked; the name is not looked up again."""
        name = shown(asked.host, asked.port)
        line.within(self.bounds.reach_s)
        for address in await self._addresses(asked):
            try:
                far = await connected(address, asked.port)
            except OSError:
                continue
            async with streams(far, CHUNK) as both:
                self._not_this_machine(asked, address, far)
                line.flow = self.flows.setdefault(name, Flow())
                line.flow.connections += 1
                yield both
                return
        raise ProxyRefused(502, f"{name} cannot be reached", name)

    async def _addresses(self, asked: ProxyRequest) -> list[Address]:
        literal = address_of(asked.host)
        if literal is not None:
            return [literal]
        name = shown(asked.host, asked.port)
        addresses = await self._looked_up(asked, name)
        permitted = [
            address
            for address in addresses
            if self.allowed.permits(asked.host, address, asked.port)
        ]
        if not permitted:
            inside = shown(str(addresses[0]), asked.port) if addresses else ""
            raise ProxyRefused(
                403,
                f"{name} leads inside, to {inside}, which is not in the problem's network list",
                name,
            )
        return permitted

    async def _looked_up(self, asked: ProxyRequest, name: str) -> tuple[Address, ...]:
        """Return the addresses of a host, looked up once; of so many names and no more."""
        if asked.host not in self.found:
            if self.lookups >= _LOOKED_UP:
                raise ProxyRefused(
                    403, f"{name} is one name too many; {_LOOKED_UP} were looked up", name
                )
            self.lookups += 1
            try:
                found = await self.resolve(asked.host, asked.port)
            except (OSError, UnicodeError):
                raise ProxyRefused(502, f"{name} is not known to the name servers", name) from None
            self.found.setdefault(asked.host, tuple(map(ip_address, found)))
        return self.found[asked.host]

    def _not_this_machine(self, asked: ProxyRequest, address: Address, far: socket.socket) -> None:
        """Refuse a name that leads to a public address of this very machine."""
        if (
            far.getsockname()[0] == far.getpeername()[0]
            and not address.is_loopback
            and not self.allowed.names(address, asked.port)
        ):
            name = shown(asked.host, asked.port)
            raise ProxyRefused(
                403,
                f"{name} leads to this machine itself, which is not in the problem's network list",
                name,
            )

    async def _tunnel(
        self,
        line: Connection,
        asked: ProxyRequest,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        line.writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        line.within(self.bounds.idle_s)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._pass(line, line.reader, writer, sent=True))
            both.create_task(self._pass(line, reader, line.writer, sent=False))

    async def _exchange(
        self,
        line: Connection,
        asked: ProxyRequest,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Send one request with its body and pass one answer back."""
        await self._send(line, writer, asked.head, sent=True)
        body = asyncio.create_task(
            self._pass(line, line.reader, writer, sent=True, size=asked.body)
        )
        # A body that breaks off breaks the request off: else the host waits for the rest of it.
        body.add_done_callback(
            lambda done: writer.transport.abort() if done.cancelled() or done.exception() else None
        )
        try:
            last = False
            while not last:
                head, last = read_answer(await read_head(reader))
                await self._send(line, line.writer, head, sent=False)
            await self._pass(line, reader, line.writer, sent=False)
        finally:
            body.cancel()
            await asyncio.gather(body, return_exceptions=True)

    async def _pass(
        self,
        line: Connection,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        sent: bool,
        size: int | None = None,
    ) -> None:
        """Pass bytes on until the end of the source, or ``size`` of them, which must come."""
        left = CHUNK if size is None else size
        while left and (part := await source.read(min(left, CHUNK))):
            await self._send(line, target, part, sent=sent)
            left -= 0 if size is None else len(part)
        if size is None:
            target.write_eof()
        elif left:
            raise EOFError

    async def _send(
        self, line: Connection, target: asyncio.StreamWriter, part: bytes, *, sent: bool
    ) -> None:
        """Count a part and send it; what is over the limit goes nowhere."""
        if sent:
            line.flow.sent += len(part)
        else:
            line.flow.received += len(part)
        if self._spent() > self.bounds.total_mb * (1 << 20):
            raise EOFError
        target.write(part)
        await target.drain()
        line.within(self.bounds.idle_s)

    def _spent(self) -> int:
        return sum(flow.sent + flow.received for flow in self.flows.values())
