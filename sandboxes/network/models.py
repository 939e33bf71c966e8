"""A job's way to models: a Unix socket in a folder of its own, and a port of its own loopback.

The socket is mounted into the sandbox; the port's listener is made inside and handed over through
it, before a candidate starts. Both are the engine's to answer, and nobody else's to reach: who asks
is known by the socket that it asks at, whatever it says. Every job gets a sandbox of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from cladogen.errors import SandboxError
from cladogen.sandboxes.base import Limits
from cladogen.sandboxes.inside import folders
from cladogen.sandboxes.inside.listeners import MODELS_HOST, MODELS_PLACE, MODELS_PORT
from cladogen.sandboxes.line.session import Session
from cladogen.sandboxes.network.allow_list import AllowList
from cladogen.sandboxes.network.start import WayOut, with_gate

HANDED_OVER_S = 120.0
_LONGEST = 100  # bytes of a folder whose socket's path fits into an address (unix(7): 108)
_PREFIX = "cladogen-models-"
_KEY = "none"  # clients want a key; the engine's are never in a sandbox


class ModelSockets:
    """Make the sockets of sessions, below one folder that is held until this process ends."""

    def __init__(self) -> None:
        self._folder = ""
        self._numbers = itertools.count()

    def sweep(self) -> None:
        """Remove the folders of engines that were killed."""
        for folder in folders.unheld(_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove the folder; every session has ended."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""

    async def contained(
        self, way_out: WayOut, spawn: Callable[[WayOut], Awaitable[Session]]
    ) -> Session:
        """Start a session in a sandbox, with its sockets; ``way_out`` is what it is started with
        besides.
        """
        folder, own = self._make()
        handed = asyncio.create_task(_handed_over(own))
        try:
            session = await spawn(_with_mount(way_out, folder))
            listeners = (own, await handed)
        except BaseException:
            handed.cancel()
            _close(folder, own)
            raise
        return _kept(session, folder, listeners)

    async def local(self, spawn: Callable[[WayOut], Awaitable[Session]]) -> Session:
        """Start a session that is contained by nothing: both sockets are this machine's."""
        folder, own = self._make()
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        try:
            port = listener.getsockname()[1]
            way_out = WayOut(environment=_environment("127.0.0.1", port, str(folder / "socket")))
            session = await spawn(way_out)
        except BaseException:
            _close(folder, own, listener)
            raise
        return _kept(session, folder, (own, listener))

    def _make(self) -> tuple[Path, socket.socket]:
        if not self._folder:
            self._folder = folders.make_held(f"{_PREFIX}{os.getpid()}-")
            Path(self._folder).chmod(0o711)
        folder = Path(self._folder, str(next(self._numbers)))
        folder.mkdir(mode=0o755)
        own = socket.socket(socket.AF_UNIX)
        try:
            own.bind(str(folder / "socket"))
        except OSError as error:
            own.close()
            remedy = "; set TMPDIR to a shorter one" if len(str(folder)) > _LONGEST else ""
            raise SandboxError(f"{folder}: no socket can be made there: {error}{remedy}") from None
        (folder / "socket").chmod(0o666)
        own.listen(64)
        own.setblocking(False)
        return folder, own


def _with_mount(way_out: WayOut, folder: Path) -> WayOut:
    environment = _environment(MODELS_HOST, MODELS_PORT, f"{MODELS_PLACE}/socket")
    if way_out.environment:  # its proxies are not for this
        environment |= dict.fromkeys(("NO_PROXY", "no_proxy"), MODELS_HOST)
    return replace(
        way_out,
        folders={**way_out.folders, MODELS_PLACE: str(folder)},
        environment={**way_out.environment, **environment},
        settings={**way_out.settings, "models": True},
    )


def _environment(host: str, port: int, place: str) -> dict[str, str]:
    """Return the variables that clients of OpenAI's protocol read, and the socket's place."""
    url = f"http://{host}:{port}/v1"
    return {
        "OPENAI_BASE_URL": url,
        "OPENAI_API_BASE": url,
        "OPENAI_API_KEY": _KEY,
        "CLADOGEN_MODELS_SOCKET": place,
    }


async def _handed_over(own: socket.socket) -> socket.socket:
    """Return the listener that the supervisor sends before it lets any candidate run."""
    async with asyncio.timeout(HANDED_OVER_S):
        line, _ = await asyncio.get_running_loop().sock_accept(own)
    with line:
        listener = await asyncio.to_thread(_received, line)
    listener.setblocking(False)
    return listener


def _received(line: socket.socket) -> socket.socket:
    line.settimeout(20.0)
    _, descriptors, _, _ = socket.recv_fds(line, 1, 1)
    line.sendall(b"\1")
    return socket.socket(fileno=descriptors[0])


def _kept(session: Session, folder: Path, listeners: tuple[socket.socket, ...]) -> Session:
    """Return the session with its listeners, which end with it."""
    kill = session.kill

    async def both() -> None:
        _close(folder, *listeners)
        await kill()

    session.kill, session.listeners = both, listeners
    return session


def _close(folder: Path, *sockets: socket.socket) -> None:
    for each in sockets:
        each.close()
    shutil.rmtree(folder, ignore_errors=True)


async def with_ways_out(
    sockets: ModelSockets | None,
    allowed: AllowList,
    limits: Limits,
    start: Callable[[WayOut], Awaitable[Session]],
) -> Session:
    """Start a contained session with its gate to the listed hosts, and with its sockets where it
    asks models.
    """

    async def spawn(way_out: WayOut) -> Session:
        return await (start(way_out) if sockets is None else sockets.contained(way_out, start))

    return await with_gate(allowed, limits, spawn)
