"""A daemon on another machine, over ssh: a socket here, each of whose connections is one there.

As Docker's own client does it: ``ssh HOST docker system dial-stdio`` for each connection, with
whatever the user's ssh is set up to use. ssh never asks for a password here.
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

_REMOTE = ("docker", "system", "dial-stdio")


@cache
def forwarded(host: str) -> str:
    """Return the address of a socket of this process whose connections go to ``ssh://host``."""
    command = ssh_command(host)
    listener = socket.socket(socket.AF_UNIX)
    folder = folders.make_held("cladogen-ssh-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = f"{folder}/docker.sock"
    listener.bind(path)
    listener.listen(16)
    threading.Thread(target=_serve, args=(listener, command), daemon=True).start()
    return f"unix://{path}"


def ssh_command(host: str) -> list[str]:
    """Return the command that connects to the daemon of ``ssh://[user@]host[:port]``."""
    try:
        parts = urlsplit(host)
        name, port = parts.hostname, parts.port
    except ValueError:
        name, port = None, None
    if not name or name.startswith("-"):
        raise SandboxError(f"docker: {host!r} is no address of a machine; say ssh://USER@HOST")
    user = ["-l", parts.username] if parts.username else []
    number = ["-p", str(port)] if port else []
    return ["ssh", "-o", "BatchMode=yes", "-T", *user, *number, "--", name, *_REMOTE]


def _serve(listener: socket.socket, command: list[str]) -> None:
    while True:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            process = subprocess.Popen(
                command,
                stdin=connection.fileno(),
                stdout=connection.fileno(),
                stderr=subprocess.DEVNULL,
            )
            threading.Thread(target=process.wait, daemon=True).start()
