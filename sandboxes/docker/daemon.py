"""Reaching a Docker daemon, and what to do when it cannot be reached, as one line."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from cladogen.errors import SandboxError
from cladogen.sandboxes.docker import address, over_ssh

_BROKEN_OFF = ("Connection aborted", "Connection reset", "Broken pipe", "IncompleteRead")
_FIRST_S = 5.0  # the deadline of the first request to the daemon
T = TypeVar("T")


def connect(deadline_s: float = 30.0) -> Any:
    """Return a client of the daemon that answered once; raises SandboxError saying what to do."""
    client = None
    try:
        _reach_socket()
        client = address.client(address.find(), min(_FIRST_S, deadline_s))
        client.ping()
    except errors(OSError) as error:
        if client is not None:
            client.close()
        raise SandboxError(f"docker: {explained(error)}") from None
    client.api.timeout = deadline_s
    return client


def reached(function: Callable[..., T], *arguments: Any) -> T:
    _reach_socket()
    return function(*arguments)


async def in_own_thread(function: Callable[..., T], *arguments: Any) -> T:
    """Call what may take minutes in a thread that neither a cancelled run nor the end of this
    process waits for.
    """
    done: Future[T] = Future()

    def call() -> None:
        if done.set_running_or_notify_cancel():
            try:
                done.set_result(function(*arguments))
            except BaseException as error:  # noqa: BLE001  (handed on to who waits)
                done.set_exception(error)

    threading.Thread(target=call, daemon=True).start()
    return await asyncio.wrap_future(done)


def _reach_socket() -> None:
    """Try the daemon's socket with one of ours first: the client leaves its own open when nobody
    answers.
    """
    host = address.find().host
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_FIRST_S)
            line.connect(host.removeprefix("unix://"))


def errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """Return what the client raises, also out of the middle of an answer."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    return (DockerException, RequestException, HTTPError, *more)


def explained(error: BaseException | str) -> str:
    """Return what went wrong, and what to do, in one line."""
    own = error if isinstance(error, str) else getattr(error, "explanation", None)  # the daemon's
    text = " ".join(str(own or error).split())
    text = text.removeprefix("Error while fetching server API version: ")
    if own is None and "Expecting value" in text:
        return no_daemon()
    if own is None and (line := _unreached(text)):
        return line
    return _refused(text)


def _refused(text: str) -> str:
    """Return what a daemon said, and what to do about it where that is known."""
    if "could not select device driver" in text and "gpu" in text:
        return (
            "[sandbox] gpus asks for a GPU, and this daemon can give none; install the NVIDIA "
            "container toolkit"
        )
    if "no space left" in text.lower():
        return "no space left in Docker's folder; free some (docker system prune)"
    return text[:400]


def _unreached(text: str) -> str:
    """Return why nobody answered, "" when it is something else."""
    if "Permission denied" in text:
        return (
            f"no permission to use {place()}; add yourself to the group docker, or use "
            f"rootless Docker{_rootless()}"
        )
    if "No such file" in text or "Connection refused" in text:
        start = "start one (systemctl start docker, or .ci/install-docker)"
        return f"no daemon answers at {place()}; {start}{_rootless()}"
    if "bind address" in text:
        found = address.find()
        return (
            f"{found.named_by} is {found.host!r}, which is no address of a daemon; unset it, or "
            "say unix:///PATH"
        )
    if "timed out" in text:
        return f"the daemon at {place()} takes requests and does not answer; is it hung?"
    return _broken_off() if _says_broken_off(text) else ""


def _says_broken_off(text: str) -> bool:
    return any(words in text for words in _BROKEN_OFF)


def _broken_off() -> str:
    words = over_ssh.said(address.find().host)
    if words:
        return f"the daemon at {place()} is not to be reached; ssh says: {words}"
    return f"the daemon at {place()} ended in the middle of an answer"


def no_daemon() -> str:
    """Return the line for something else that answers."""
    return f"what answers at {place()} is no Docker daemon; set DOCKER_HOST to one's address"


def checked(info: Any) -> dict[str, Any]:
    """Return what a daemon says of itself; raises SandboxError for one that runs no Linux."""
    if not isinstance(info, dict) or not {"ServerVersion", "OSType", "Containers"} & set(info):
        raise SandboxError(f"docker: {no_daemon()}")
    kind = str(info.get("OSType") or "linux")
    if kind != "linux":
        raise SandboxError(
            f"docker: the daemon at {place()} runs {kind} containers; switch it to Linux containers"
        )
    return info


def place() -> str:
    """Return where the daemon is looked for, and who says so."""
    return str(address.find())


def _rootless() -> str:
    """Return a hint at a rootless daemon's socket, when it is not the one that was asked."""
    socket = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent"), "docker.sock")
    stated = "DOCKER_HOST" in os.environ or address.find().host == f"unix://{socket}"
    return f"; there is one at {socket}: set DOCKER_HOST" if socket.exists() and not stated else ""
