"""Docker: a resident container per slot with a supervisor as process 1; a child in fresh namespaces
per candidate.

The container: no network, no user but nobody, no capabilities, no new privileges, our own
system-call list, a read-only root, memory without swap, CPU and process limits, no log file. It
ends when its standard input does, so nothing outlives the engine; what was created and not yet
started is removed by the reaper, and by the next run's sweep.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from cladogen.errors import SandboxError
from cladogen.sandboxes import devices
from cladogen.sandboxes.base import Channel, Execution, Job, Limits, Service
from cladogen.sandboxes.docker import address, image
from cladogen.sandboxes.docker.attach import Attached
from cladogen.sandboxes.docker.daemon import (
    checked,
    connect,
    errors,
    explained,
    in_own_thread,
    place,
    reached,
)
from cladogen.sandboxes.docker.owner import LABEL_OWNER, LABEL_RUN, Reaper, owner, sweep
from cladogen.sandboxes.line.bundle import LOADER
from cladogen.sandboxes.line.pool import SessionPool
from cladogen.sandboxes.line.process import python_environment
from cladogen.sandboxes.line.service import ServiceLine, host_service
from cladogen.sandboxes.line.session import Session
from cladogen.sandboxes.network import start as network
from cladogen.sandboxes.network.allow_list import AllowList
from cladogen.sandboxes.network.models import ModelSockets, with_ways_out
from cladogen.sandboxes.packages import engine_folders, module_command
from cladogen.sandboxes.seccomp import child_filters, docker_profile

NOBODY = 65534
_OWN_MB = 64  # for the supervisor and the child prepared ahead
_OWN_PROCESSES = 8
_KERNEL_MB, _KERNEL_PROCESSES = (
    192,
    192,
)  # for the kernel of its own that a runtime such as gVisor runs in there
T = TypeVar("T")


class Docker:
    """Runs candidates in containers."""

    name = "docker"
    strength = (
        "contained by Docker: no network, no privileges, read-only root, hard limits, "
        "fresh namespaces per candidate"
    )

    def __init__(
        self,
        *,
        recipe: image.Recipe | None = None,
        limits: Limits | None = None,
        isolation: str = "fork",
        runtime: str = "",
        run_id: str = "",
        folders: tuple[str, ...] = (),
        gpus: str = "",
        allowed: AllowList | None = None,
        models: bool = False,
        deadline_s: float = 30.0,
        progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.recipe = recipe or image.Recipe()
        self.limits = limits or Limits()
        self.runtime = runtime
        self.folders = folders
        self.gpus = gpus
        self.allowed = allowed or AllowList()
        self.sockets = ModelSockets() if models else None
        self.deadline_s = deadline_s
        self.progress = progress
        self.labels = {LABEL_OWNER: owner(), LABEL_RUN: run_id}
        self.client: Any = None
        self.info: dict[str, Any] = {}
        self.image = ""
        self.image_id = ""
        own = self.allowed or models  # a sandbox of its own for each job
        self.pool = SessionPool(self._spawn, {}, isolation="container" if own else isolation)
        self.reaper = Reaper()

    async def start(self, slots: int) -> None:
        """Connect, remove what dead runs left, make the image, start the first container."""
        self.client = await self._ask(connect, self.deadline_s)
        self.info = checked(await self._ask(self.client.api.info))
        self._check_wishes()
        if not address.find().remote:
            self.pool.devices = await asyncio.to_thread(devices.groups, self.gpus)
        await self._ask(sweep, self.client)
        network.sweep()
        if self.sockets is not None:
            self.sockets.sweep()
        await self.reaper.start(self.labels[LABEL_OWNER])
        self.image = await self._ensured(self.recipe)
        self.image_id = await self._ask(image.digest, self.client, self.image)
        limited = bool(self.info.get("MemoryLimit")) and bool(self.info.get("PidsLimit", True))
        self.pool.rules |= {
            "nproc": not limited or self._own_kernel,
            "rlimit_memory": not limited or self._own_kernel,
            "affinity": not self.info.get("CpuCfsQuota"),
        }
        await self.pool.start(slots, self.limits)
        self.strength = self._described(limited)

    async def _ensured(self, recipe: image.Recipe) -> str:
        def ensured() -> str:
            client = connect(self.deadline_s)
            try:
                return image.ensure(client, recipe, self.progress)
            finally:
                client.close()

        return await in_own_thread(ensured)

    @property
    def _own_kernel(self) -> bool:
        """Return whether the control group holds a kernel and not the processes that it runs."""
        return self.runtime not in ("", "runc", "crun", "io.containerd.runc.v2")

    def _check_wishes(self) -> None:
        runtimes = self.info.get("Runtimes") or {}
        if self.runtime and runtimes and self.runtime not in runtimes:
            raise SandboxError(
                f"docker: no runtime {self.runtime!r}; this daemon has "
                f"{', '.join(sorted(runtimes))}"
            )

    def _described(self, limited: bool) -> str:
        way = self.pool.about.get("way")
        parts = [network.strength(_strength(way, limited=limited), self.allowed)]
        if not limited:
            parts.append("this daemon cannot limit memory or processes, so resource limits do")
        found = address.find()
        if found.named_by:
            parts.append(f"daemon at {found}")
        if found.remote:
            parts.append("the scorer is a process of this machine")
        if self.runtime:
            parts.append(f"runtime {self.runtime}")
        if self._own_kernel and way == "wipe":  # gVisor does not hide a process that asks for it
            parts.append(
                "a candidate can open its supervisor's descriptors; --isolation container gives "
                "each its own"
            )
        return "; ".join(parts)

    async def run(self, job: Job) -> tuple[Execution, ...]:
        return await self.pool.run(job)

    async def serve(self, service: Service) -> Channel:
        """Start a service in a container of its own, with the engine's packages and its folders
        readable.
        """
        elsewhere = address.find().remote  # this machine's folders are not there
        return await (host_service if service.host or elsewhere else self._serve)(service)

    async def close(self) -> None:
        try:
            await self.pool.close()
            if self.client is not None:
                await self._ask(self.client.close)
        except SandboxError as error:
            logging.getLogger(__name__).warning("%s", error)
        finally:
            if self.sockets is not None:
                self.sockets.close()
            await self.reaper.close()

    async def _spawn(self, limits: Limits, slot: int) -> Session:
        start = partial(self._session, limits)
        return await with_ways_out(self.sockets, self.allowed, limits, start)

    async def _session(self, limits: Limits, way_out: network.WayOut) -> Session:
        command = ["python3", "-I", "-B", "-c", LOADER]
        environment = {
            **python_environment(limits.cpus),
            "PYTHONPATH": image.PACKAGES,
            **way_out.environment,
        }
        folders = {**{folder: folder for folder in self.folders}, **way_out.folders}
        profile = docker_profile(candidates=self.info.get("Architecture") in child_filters())
        attached = await self._container(command, environment, limits, folders, profile)
        session = Session(
            attached.reader, attached.writer, attached.end, memory_kills=attached.memory_kills
        )
        try:
            await session.hello({**self._settings(limits), **way_out.settings})
        except SandboxError as error:
            raise SandboxError(f"docker: {attached.last_words() or error}") from None
        return session

    def _settings(self, limits: Limits) -> dict[str, Any]:
        # Where a rootless daemon makes no control groups, a container finds the whole machine's in
        # their place.
        return {
            "way": "namespaces",
            "become": None,
            "nobody": NOBODY,
            "preload": ["numpy"],
            "path": [image.PACKAGES],
            "files_mb": limits.files_mb,
            "group": "own" if self.info.get("MemoryLimit") else None,
            "kernel_clock": True,
            "filters": child_filters(),
        }

    async def _serve(self, service: Service) -> ServiceLine:
        folders = {str(path): str(path) for path in [*engine_folders(), *service.folders]}
        command = [*module_command(), service.module, *service.arguments]
        limits = Limits(memory_mb=service.memory_mb, processes=32, cpus=os.cpu_count() or 1)
        environment = {**python_environment(1), "HOME": "/tmp"}
        own = await self._image_for_services()
        attached = await self._container(
            command, environment, limits, folders, docker_profile(), own
        )

        async def last_words(within_s: float) -> str:
            return attached.last_words()

        return ServiceLine(
            f"the service {service.module}",
            attached.reader,
            attached.writer,
            attached.end,
            last_words,
        )

    async def _image_for_services(self) -> str:
        """Return an image with this machine's libraries, which the engine's packages are linked to.

        An image of another origin may have others, and folders that nobody may pass through, such
        as /root.
        """
        if await self._ask(image.made_here, self.client, self.image):
            return self.image
        return await self._ensured(image.Recipe(made_here=True))

    async def _container(
        self,
        command: list[str],
        environment: dict[str, str],
        limits: Limits,
        folders: dict[str, str],
        profile: str,
        of: str = "",
    ) -> Attached:
        """Create, attach, start: in this order nothing is missed, and no unread stream blocks the
        daemon.
        """
        api = self.client.api
        options = self._host_options(limits, folders, profile)
        created = await self._ask(
            lambda: api.create_container(
                of or self.image,
                command,
                environment=environment,
                user=f"{NOBODY}:{NOBODY}",
                stdin_open=True,
                hostname="sandbox",
                labels=self.labels,
                network_disabled=True,
                working_dir="/tmp",
                use_config_proxy=False,
                host_config=api.create_host_config(**options),
            )
        )
        attached = Attached(self._ask, self.client, created["Id"])
        try:
            await attached.open()
            await self._ask(api.start, created["Id"])
        except BaseException:
            await attached.end()
            raise
        return attached

    def _host_options(
        self, limits: Limits, folders: dict[str, str], profile: str
    ) -> dict[str, Any]:
        from docker.types import LogConfig, Ulimit

        size = f"{int(limits.files_mb)}m"
        options: dict[str, Any] = {
            "network_mode": "none",
            "read_only": True,
            "cap_drop": ["ALL"],
            "auto_remove": True,
            "ipc_mode": "private",
            "security_opt": ["no-new-privileges", f"seccomp={profile}"],
            "tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,size={size},nr_inodes=16384,mode=1777"},
            "shm_size": size,
            "ulimits": [
                Ulimit(name="nofile", soft=1024, hard=1024),
                Ulimit(name="core", soft=0, hard=0),
            ],
            "log_config": LogConfig(type="none"),
            "binds": [f"{source}:{target}:ro" for target, source in folders.items()],
        } | self._limiting(limits)
        if self.runtime:
            options["runtime"] = self.runtime
        if self.gpus:
            options["device_requests"] = [self._graphics()]
        return options

    def _limiting(self, limits: Limits) -> dict[str, Any]:
        """Return the limits of memory, processes and processor time that this daemon can hold to; a
        kernel of the container's own needs some for itself.
        """
        memory_mb, processes = limits.memory_mb + _OWN_MB, limits.processes + _OWN_PROCESSES
        if self._own_kernel:
            memory_mb, processes = memory_mb + _KERNEL_MB, processes + _KERNEL_PROCESSES
        options: dict[str, Any] = {}
        if self.info.get("MemoryLimit"):
            options |= {"mem_limit": f"{memory_mb}m", "memswap_limit": f"{memory_mb}m"}
        if self.info.get("PidsLimit", True):
            options["pids_limit"] = processes
        if self.info.get("CpuCfsQuota"):
            options |= {"cpu_period": 100_000, "cpu_quota": int(limits.cpus * 100_000)}
        return options

    def _graphics(self) -> Any:
        """Return the request for the graphics cards of the slots, of all where they name none."""
        from docker.types import DeviceRequest

        wanted = [device for group in self.pool.devices for device in group]
        if wanted:
            return DeviceRequest(device_ids=wanted, capabilities=[["gpu"]])
        return DeviceRequest(count=-1, capabilities=[["gpu"]])

    async def _ask(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call the daemon in a thread, under a deadline: a daemon that hangs is an error, not a run
        that hangs.
        """
        from requests.exceptions import ReadTimeout

        deadline_s = (
            self.deadline_s + 5
        )  # the client's own deadline comes first, and ends the thread
        try:
            return await asyncio.wait_for(
                asyncio.to_thread(reached, function, *arguments), deadline_s
            )
        except (TimeoutError, ReadTimeout):
            explanation = (
                f"the daemon at {place()} did not answer within {self.deadline_s:g} s; is it hung?"
            )
            raise SandboxError(f"docker: {explanation}") from None
        except errors(OSError) as error:
            raise SandboxError(f"docker: {explained(error)}") from None


def _strength(way: Any, *, limited: bool) -> str:
    """Return how strong containers are where each program is apart in such a way."""
    text = Docker.strength
    if way != "namespaces":
        text = text.replace("fresh namespaces", "wiped container")
    return text if limited else text.replace("hard limits", "no hard limits")
