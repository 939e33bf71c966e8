"""Whose container is this: labels, the sweep of what dead runs left, a reaper that outlives the
engine by seconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from cladogen.errors import SandboxError

LABEL_OWNER = "cladogen.owner"
LABEL_RUN = "cladogen.run"
_REAP_S = 20


def owner(pid: int | None = None) -> str:
    """Return a name of a process that no other process has: number, start time, pid namespace and
    boot.
    """
    pid = pid or os.getpid()
    return f"{pid}:{_start_time(pid)}:{_here()}"


def dead(name: str) -> bool:
    """Return whether an owner is certainly gone. One of another machine or pid namespace cannot be
    judged from here.
    """
    pid, _, rest = name.partition(":")
    started, _, place = rest.partition(":")
    return place == _here() and pid.isdigit() and _start_time(int(pid)) != started


def sweep(client: Any) -> int:
    """Remove the containers whose owners are dead; returns how many."""
    removed = 0
    for container in client.api.containers(all=True, filters={"label": LABEL_OWNER}):
        if dead(container["Labels"][LABEL_OWNER]):
            _remove(client, container["Id"])
            removed += 1
    return removed


def reap(name: str) -> None:
    """Remove every container of one owner, until none is left and none appears."""
    import time

    from cladogen.sandboxes.docker import address

    client = address.client(address.find(), 10)
    quiet_since = time.monotonic()
    deadline = quiet_since + _REAP_S
    while time.monotonic() < min(deadline, quiet_since + 1.0):
        for container in client.api.containers(
            all=True, filters={"label": f"{LABEL_OWNER}={name}"}
        ):
            _remove(client, container["Id"])
            quiet_since = time.monotonic()
        time.sleep(0.1)
    client.close()


class Reaper:
    """A process that waits for the engine to end, however it ends, and then removes its
    containers.
    """

    def __init__(self) -> None:
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, name: str) -> None:
        try:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "cladogen.sandboxes.docker.owner",
                name,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(f"docker: the reaper cannot be started: {error.strerror}") from None

    async def close(self) -> None:
        """End the reaper: everything was removed by the one who made it."""
        process, self.process = self.process, None
        if process is not None and process.stdin is not None:
            process.stdin.write(b"done")
            process.stdin.close()
            await process.wait()


def _remove(client: Any, container: str) -> None:
    from docker.errors import APIError

    try:
        client.api.remove_container(container, force=True, v=True)
    except APIError:
        return  # gone, or being removed


def _start_time(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _here() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return os.uname().nodename


if __name__ == "__main__":
    if os.read(0, 8) == b"":
        reap(sys.argv[1])
