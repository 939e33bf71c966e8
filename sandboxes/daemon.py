"""Reaching a Docker daemon, and what to do when it cannot be reached, as one line."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from cladogen.errors import SandboxError

_FIRST_S = 5.0  # the deadline of the first request to the daemon
T = TypeVar("T")


def connect(deadline_s: float = 30.0) -> Any:
    """Return a client of the daemon that answered once; raises SandboxError saying what to do."""
    import docker
    from docker.errors import DockerException

    client = None
    try:
        _reach_socket()
        client = docker.from_env(timeout=min(_FIRST_S, deadline_s), max_pool_size=16)
        client.ping()
    except (DockerException, OSError) as error:
        if client is not None:
            client.close()
        raise SandboxError(f"docker: {explained(error)}") from None
    client.api.timeout = deadline_s
    return client


def reached(function: Callable[..., T], *arguments: Any) -> T:
    _reach_socket()
    return function(*arguments)


def _reach_socket() -> None:
    """Try the daemon's socket with one of ours first: the client leaves its own open when nobody answers."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_FIRST_S)
            line.connect(host.removeprefix("unix://"))


def explained(error: BaseException) -> str:
    text = " ".join(str(getattr(error, "explanation", None) or error).split())
    if "Permission denied" in text:
        return "no permission to use the daemon's socket; add yourself to the group docker, or use rootless Docker"
    if "No such file" in text or "Connection refused" in text:
        return "no daemon answers; start one (systemctl start docker, or .ci/install-docker)"
    if "could not select device driver" in text and "gpu" in text:
        return "[sandbox] gpus asks for a GPU, and this daemon can give none; install the NVIDIA container toolkit"
    if "no space left" in text.lower():
        return "no space left in Docker's folder; free some (docker system prune)"
    return text[:400]
