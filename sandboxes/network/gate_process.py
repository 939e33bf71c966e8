"""The process around a gate, one beside each sandbox that has a network.

It is handed the listener through a Unix socket in a folder of its own, which is removed at that
moment: before a candidate starts. It ends when its standard input does, so nothing of it outlives
the engine. The first line it is told is its settings; each further line it answers with what went
over the gate so far.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from cladogen.sandboxes.inside import folders
from cladogen.sandboxes.network.allow_list import parse
from cladogen.sandboxes.network.gate import Gate, GateLimits

_HANDED_OVER_S = 120.0


async def attend(folder: Path, settings: dict[str, Any]) -> None:
    """Be handed the listener through a socket in the folder ``channel``, serve on it, and report,
    until the line ends.
    """
    bounds = GateLimits(**settings["bounds"])
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * bounds.connections + 64,) * 2)
    gate = Gate(parse(settings["allowed"]), bounds)
    control = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(control), sys.stdin
    )
    with _channel(folder) as channel:
        serving = asyncio.create_task(_serve(gate, channel, folder))
        serving.add_done_callback(
            lambda ended: _leave(folder)
        )  # without a listener there is nothing to wait for
        _say(str(folder))
        while await control.readline():
            _say(json.dumps(gate.report()))
    _leave(folder)


def _channel(folder: Path) -> socket.socket:
    """Return a socket that a sandbox reaches through the folder ``way``; nobody else gets past
    the folder above.
    """
    (folder / "way").mkdir()
    (folder / "way").chmod(0o755)
    channel = socket.socket(socket.AF_UNIX)
    os.chdir(
        folder / "way"
    )  # a relative name: the whole path may be longer than a socket's name can be
    channel.bind("gate")
    Path("gate").chmod(0o666)
    os.chdir("/")
    channel.listen(1)
    channel.setblocking(False)
    return channel


async def _serve(gate: Gate, channel: socket.socket, folder: Path) -> None:
    async with asyncio.timeout(_HANDED_OVER_S):
        line, _ = await asyncio.get_running_loop().sock_accept(channel)
    with line:
        line.settimeout(5.0)
        _, descriptors, _, _ = socket.recv_fds(line, 1, 1)
        channel.close()
        shutil.rmtree(folder)
        line.sendall(b"\1")
    with socket.socket(fileno=descriptors[0]) as listener:
        listener.setblocking(False)
        await gate.serve(listener)


def _say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def main(prefix: str) -> None:
    """Make the folder, attend, and take the folder away again, however it ends."""
    settings = sys.stdin.readline()
    if not settings:
        return
    folder = folders.make_held(prefix)
    try:
        asyncio.run(attend(Path(folder), json.loads(settings)))
    except BaseException:  # noqa: BLE001  (this process ends without returning; the engine reads its last words)
        traceback.print_exc()
    _leave(Path(folder))


def _leave(folder: Path) -> None:
    """End at once, and every connection with it: a thread that waits for a name server is not
    waited for.
    """
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
