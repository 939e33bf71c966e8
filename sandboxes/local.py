"""The last resort: a plain process. Its own session, resource limits, killed as a tree; nothing
else holds it.

It can read what the user can read, reach the network, and write where the user can write. As root
the candidate becomes nobody first. Use it for programs you would run yourself.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from cladogen.errors import SandboxError
from cladogen.sandboxes import devices
from cladogen.sandboxes.base import Channel, Execution, Job, Limits, Service
from cladogen.sandboxes.control_group import Groups, described, start_in_group
from cladogen.sandboxes.inside import folders
from cladogen.sandboxes.line.bundle import LOADER
from cladogen.sandboxes.line.pool import SessionPool
from cladogen.sandboxes.line.process import python_environment
from cladogen.sandboxes.line.service import host_service
from cladogen.sandboxes.line.session import Session
from cladogen.sandboxes.network.allow_list import AllowList
from cladogen.sandboxes.network.models import ModelSockets
from cladogen.sandboxes.network.start import WayOut

NOBODY = 65534


class Local:
    """Runs candidates as processes of this user."""

    name = "local"
    strength = (
        "NOT CONTAINED: a plain process with limits; it can read your files and reach the network"
    )

    def __init__(
        self,
        *,
        isolation: str = "fork",
        limits: Limits | None = None,
        preload: tuple[str, ...] = ("numpy",),
        allowed: AllowList | None = None,
        groups: Groups | None = None,
        kernel_clock: bool = True,
        gpus: str = "",
        models: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self.preload = preload
        if allowed:
            self.strength = f"{Local.strength}, not only {allowed}: nothing holds it to that list"
        self.gpus = gpus
        self.groups = groups
        self.kernel_clock = kernel_clock
        rules = {"affinity": True}
        self.sockets = ModelSockets() if models else None
        self.pool = SessionPool(self._spawn, rules, isolation="container" if models else isolation)

    async def start(self, slots: int) -> None:
        _sweep()
        if self.sockets is not None:
            self.sockets.sweep()
        if self.groups is None:
            self.groups = await asyncio.to_thread(Groups.find)
        self.pool.devices = await asyncio.to_thread(devices.groups, self.gpus)
        self.pool.rules |= {"nproc": not self.groups, "rlimit_memory": not self.groups}
        await self.pool.start(slots, self.limits)
        counted = described(self.pool.about.get("counted", ""), bool(self.groups))
        self.strength = f"{self.strength}; {counted}"

    async def run(self, job: Job) -> tuple[Execution, ...]:
        return await self.pool.run(job)

    async def serve(self, service: Service) -> Channel:
        return await host_service(service)

    async def close(self) -> None:
        await self.pool.close()
        if self.sockets is not None:
            self.sockets.close()

    async def _spawn(self, limits: Limits, slot: int) -> Session:
        if self.sockets is None:
            return await self._session(limits, WayOut())
        return await self.sockets.local(lambda way_out: self._session(limits, way_out))

    async def _session(self, limits: Limits, way_out: WayOut) -> Session:
        command = [sys.executable, "-I", "-B", "-c", LOADER]
        environment = python_environment(limits.cpus)
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        environment |= way_out.environment
        process = await start_in_group(command, environment, self.groups, limits)
        session = Session(
            process.reader, process.writer, process.end, memory_kills=process.memory_kills
        )
        try:
            await session.hello({**self._settings(limits), **process.counted})
        except SandboxError as error:
            raise SandboxError(f"local: {await process.last_words() or error}") from None
        return session

    def _settings(self, limits: Limits) -> dict[str, Any]:
        return {
            "way": "plain",
            "become": None,
            "nobody": NOBODY,
            "preload": list(self.preload),
            "path": [],
            "files_mb": limits.files_mb,
            "kernel_clock": self.kernel_clock,
            "keep_reading": not _readable_by_others(Path(sys.base_prefix)),
        }


def _sweep() -> None:
    """Remove the scratch folders whose supervisors are dead."""
    for folder in folders.unheld("cladogen-local-"):
        folders.remove(folder)


def _readable_by_others(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
