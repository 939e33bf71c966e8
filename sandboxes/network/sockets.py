"""Connections as a gate needs them: taken, made, read and written under limits, and closed for
certain.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from cladogen.sandboxes.network.allow_list import Address
from cladogen.sandboxes.network.proxy_head import ProxyRefused

CHUNK = 1 << 16
_ONE_ADDRESS_S = 6.0  # the next address may answer


async def accepted(listener: socket.socket) -> socket.socket:
    """Return the next connection."""
    while True:
        try:
            near, _ = await asyncio.get_running_loop().sock_accept(listener)
        except OSError:
            await asyncio.sleep(
                0.1
            )  # it left while it waited, or this machine has no descriptor to spare
        else:
            return near


async def connected(address: Address, port: int) -> socket.socket:
    """Connect to an address; raises OSError."""
    far = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
    try:
        far.setblocking(False)
        async with asyncio.timeout(_ONE_ADDRESS_S):
            await asyncio.get_running_loop().sock_connect(far, (str(address), port))
    except BaseException:
        far.close()
        raise
    return far


@contextlib.asynccontextmanager
async def streams(
    connection: socket.socket, limit: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Give the streams of a connection, which is closed afterwards; ``drain`` waits until nothing
    is left to write.
    """
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader, writer = await asyncio.open_connection(sock=connection, limit=limit)
        writer.transport.set_write_buffer_limits(high=0)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """Return the head of a host's answer; raises Refused."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise ProxyRefused(502, "the head of the host's answer is too long") from None
    except asyncio.IncompleteReadError:
        raise ProxyRefused(502, "the host ended without an answer") from None


async def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name, in the order to try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
