"""A daemon on another machine, over ssh: a socket here, each of whose connections is one there.

As Docker's own client does it: ``ssh HOST docker system dial-stdio`` for each connection, with
whatever the user's ssh is set up to use; Podman's is asked likewise. ssh never asks for a password
here, and what it says last is kept for whoever finds nobody there.
"""

from __future__ import annotations

import atexit
import contextlib
import shutil
import socket
import subprocess
import threading
from functools import cache
from urllib.parse import urlsplit

from cladogen.errors import SandboxError
from cladogen.sandboxes.inside import folders

_DIAL = ("system", "dial-stdio")
_WORDS_S = 2.0  # for what ssh says last, once its connection has ended
_words: dict[str, str] = {}  # ssh's last line, by the address of the daemon
_listening: dict[str, threading.Thread] = {}  # to the latest connection's words, likewise


@cache
def forwarded(host: str, tool: str = "docker") -> str:
    """Return the address of a socket of this process whose connections go to ``ssh://host``, by the
    ``tool`` of that machine: docker or podman.
    """
    command = ssh_command(host, tool)
    listener = socket.socket(socket.AF_UNIX)
    folder = folders.make_held("cladogen-ssh-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = f"{folder}/docker.sock"
    listener.bind(path)
    listener.listen(16)
    threading.Thread(target=_serve, args=(listener, command, host), daemon=True).start()
    return f"unix://{path}"


def said(host: str) -> str:
    """Return the last line that ssh said of a host whose connection has ended, "" for none."""
    if host in _listening:
        _listening[host].join(_WORDS_S)
    return _words.get(host, "")


def ssh_command(host: str, tool: str = "docker") -> list[str]:
    """Return the command that connects to the daemon of ``ssh://[user@]host[:port][/socket]``."""
    try:
        parts = urlsplit(host)
        name, port = parts.hostname, parts.port
    except ValueError:
        name, port = None, None
    if not name or name.startswith("-"):
        raise SandboxError(f"docker: {host!r} is no address of a machine; say ssh://USER@HOST")
    login = [*_option("-l", parts.username), *_option("-p", port)]
    option = "--host" if tool == "docker" else "--url"
    socket_there = [option, f"unix://{parts.path}"] if parts.path.strip("/") else []
    remote = [tool, *socket_there, *_DIAL]
    return ["ssh", "-o", "BatchMode=yes", "-T", *login, "--", name, *remote]


def _option(name: str, value: object) -> list[str]:
    return [name, str(value)] if value else []


def _serve(listener: socket.socket, command: list[str], host: str) -> None:
    while True:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            process = subprocess.Popen(
                command,
                stdin=connection.fileno(),
                stdout=connection.fileno(),
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
            _listening[host] = threading.Thread(target=_ended, args=(process, host), daemon=True)
            _listening[host].start()


def _ended(process: subprocess.Popen[str], host: str) -> None:
    """Wait for the end of a connection, and keep what ssh said last."""
    assert process.stderr is not None
    for line in process.stderr:
        _words[host] = line.strip() or _words.get(host, "")
    process.stderr.close()
    process.wait()
