"""Bubblewrap: a supervisor in namespaces of its own, with a read-only view of the system and
nothing of the user's.

The candidate sees /usr, the interpreter and the packages it may import; no home, no network, no
other process. Memory and CPU time are bounded and counted by a control group where this user may
make one; elsewhere by resource limits and by the supervisor, which looks. CPU share is an affinity.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cladogen.errors import SandboxError
from cladogen.sandboxes.base import Channel, Execution, Job, Limits, Service
from cladogen.sandboxes.control_group import Groups, described, start_in_group
from cladogen.sandboxes.host_tools import SETTINGS, tool_folders
from cladogen.sandboxes.line.bundle import LOADER
from cladogen.sandboxes.line.pool import SessionPool
from cladogen.sandboxes.line.process import HostProcess, python_environment, start_process
from cladogen.sandboxes.line.service import ServiceLine, host_service, process_line
from cladogen.sandboxes.line.session import Session
from cladogen.sandboxes.network import start as network
from cladogen.sandboxes.network.allow_list import AllowList
from cladogen.sandboxes.network.models import ModelSockets, with_ways_out
from cladogen.sandboxes.packages import engine_folders, interpreter, package_folders
from cladogen.sandboxes.seccomp import child_filters

NOBODY = 65534
PACKAGES = "/opt/cladogen/packages"
COMMANDS = "/opt/cladogen/bin"


class Bubblewrap:
    """Runs candidates under bwrap."""

    name = "bubblewrap"
    strength = "contained by namespaces: no network, read-only system, no access to your files"

    def __init__(
        self,
        *,
        isolation: str = "fork",
        limits: Limits | None = None,
        requirements: tuple[str, ...] = ("numpy",),
        folders: tuple[str, ...] = (),
        allowed: AllowList | None = None,
        groups: Groups | None = None,
        kernel_clock: bool = True,
        tools: tuple[str, ...] = (),
        models: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self.requirements = requirements
        self.tools = tools
        self.tool_folders: dict[str, str] = {}
        self.groups = groups
        self.kernel_clock = kernel_clock
        self.folders = folders
        self.allowed = allowed or AllowList()
        self.sockets = ModelSockets() if models else None
        self.strength = network.strength(Bubblewrap.strength, self.allowed)
        rules = {"affinity": True}
        own = self.allowed or models  # a sandbox of its own for each job
        self.pool = SessionPool(self._spawn, rules, isolation="container" if own else isolation)
        self.packages: dict[str, Path] = {}

    async def start(self, slots: int) -> None:
        if shutil.which("bwrap") is None:
            raise SandboxError(
                "bubblewrap: no bwrap command; install the package bubblewrap (apt-get install "
                "bubblewrap)"
            )
        network.sweep()
        if self.sockets is not None:
            self.sockets.sweep()
        self.packages = await asyncio.to_thread(package_folders, self.requirements)
        self.tool_folders = await asyncio.to_thread(tool_folders, self.tools)
        if self.groups is None:
            self.groups = await asyncio.to_thread(Groups.find)
        self.pool.rules |= {"nproc": not self.groups, "rlimit_memory": not self.groups}
        await self.pool.start(slots, self.limits)
        self.strength = self._described()

    def _described(self) -> str:
        about = self.pool.about
        parts = [network.strength(Bubblewrap.strength, self.allowed)]
        parts.append(described(about.get("counted", ""), bool(self.groups)))
        if about.get("way") != "namespaces":
            # Sharing one pid namespace is weaker, and still holds; the header says so.
            parts.append(f"candidates share one namespace ({about.get('why')})")
        return "; ".join(parts)

    async def run(self, job: Job) -> tuple[Execution, ...]:
        return await self.pool.run(job)

    async def serve(self, service: Service) -> Channel:
        """Start a service in a sandbox of its own, with the engine's packages and its folders
        readable.
        """
        return await host_service(service) if service.host else await self._serve(service)

    async def close(self) -> None:
        await self.pool.close()
        if self.sockets is not None:
            self.sockets.close()

    async def _spawn(self, limits: Limits, slot: int) -> Session:
        start = partial(self._session, limits)
        return await with_ways_out(self.sockets, self.allowed, limits, start)

    async def _session(self, limits: Limits, way_out: network.WayOut) -> Session:
        command = [
            "bwrap",
            *_walls(),
            *self._view(way_out.folders),
            interpreter(),
            "-I",
            "-B",
            "-c",
            LOADER,
        ]
        environment = python_environment(limits.cpus)
        environment |= {
            "PATH": ":".join([COMMANDS, *self.tool_folders, environment["PATH"]]),
            "PYTHONPATH": PACKAGES,
            **way_out.environment,
        }
        process = await start_in_group(command, environment, self.groups, limits)
        session = Session(
            process.reader, process.writer, process.end, memory_kills=process.memory_kills
        )
        settings = {**self._settings(limits), **process.counted, **way_out.settings}
        try:
            await session.hello(settings)
        except SandboxError as error:
            raise SandboxError(f"bubblewrap: {await process.last_words() or error}") from None
        return session

    def _view(self, mounts: Mapping[str, str]) -> list[str]:
        binds = {PACKAGES + "/" + name: path for name, path in self.packages.items()}
        python = [
            "--symlink",
            interpreter(),
            f"{COMMANDS}/python3",
            "--symlink",
            interpreter(),
            f"{COMMANDS}/python",
        ]
        above = [
            "--perms",
            "0755",
            "--dir",
            "/opt",
            "--perms",
            "0755",
            "--dir",
            "/opt/cladogen",
            "--perms",
            "0755",
            "--dir",
            COMMANDS,
        ]
        return [
            *_system(),
            *above,
            *python,
            *_bind_all(binds),
            *_bind_all({folder: Path(folder) for folder in self.folders}),
            *_bind_all({folder: Path(folder) for folder in self.tool_folders.values()}),
            *_bind_all({target: Path(source) for target, source in mounts.items()}),
        ]

    def _settings(self, limits: Limits) -> dict[str, Any]:
        become = NOBODY if os.geteuid() == 0 else None
        preload = ["numpy"] if "numpy" in self.packages else []
        return {
            "way": "namespaces", "become": become, "nobody": NOBODY,
            "preload": preload, "path": [PACKAGES],
            "files_mb": limits.files_mb, "kernel_clock": self.kernel_clock,
            "filters": child_filters(memory_files=bool(self.groups)),
        }  # fmt: skip

    async def _serve(self, service: Service) -> ServiceLine:
        folders = {str(path): path for path in [*engine_folders(), *service.folders]}
        command = [
            "bwrap",
            *_walls(),
            *_system(prefix=False),
            *_bind_all(folders),
            sys.executable,
            "-P",
            "-B",
            "-m",
            service.module,
            *service.arguments,
        ]
        environment = {**python_environment(1), "HOME": "/tmp"}
        process: HostProcess = await start_process(
            _limited(command, service.memory_mb), environment
        )
        return process_line(service, process)


def _walls() -> list[str]:
    # Not --die-with-parent: a bwrap that is killed while it starts leaves its other half waiting
    # for ever. What runs inside ends by itself when its standard input does.
    walls = [
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-net",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--new-session",
        "--as-pid-1",
        "--cap-drop",
        "ALL",
    ]
    if os.geteuid() == 0:
        # Real root needs no user namespace; the supervisor becomes nobody with these two, and loses
        # them by that.
        return [*walls, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*walls, "--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)]


def _system(*, prefix: bool = True) -> list[str]:
    view = [
        "--ro-bind",
        "/usr",
        "/usr",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--perms",
        "1777",
        "--tmpfs",
        "/tmp",
        "--perms",
        "1777",
        "--tmpfs",
        "/dev/shm",
        "--chdir",
        "/tmp",
        *_top_folders(),
        *_settings(),
    ]
    base = Path(os.path.realpath(sys.base_prefix))
    if prefix and not base.is_relative_to("/usr"):
        view += _bind_all({str(base): base})
    return view


def _settings() -> list[str]:
    """Show the files of settings that are there, in folders that all may read: bwrap makes those
    above a file for its caller alone.
    """
    view: list[str] = []
    for folder in sorted({str(Path(name).parent) for name in SETTINGS}):
        view += ["--perms", "0755", "--dir", folder]
    for name in SETTINGS:
        view += ["--ro-bind-try", name, name]
    return view


def _top_folders() -> Iterator[str]:
    """Yield what shows the folders of programs and libraries, which may be links into /usr."""
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/" + name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))


def _bind_all(binds: dict[str, Path]) -> list[str]:
    """Bind folders read-only; the folders above them are made readable, for bwrap makes them its
    caller's only.
    """
    view: list[str] = []
    for folder in _above(binds):
        if not any(Path(folder).is_relative_to(target) for target in (*binds, "/usr")):
            view += ["--perms", "0755", "--dir", folder]
    for target, source in sorted(binds.items()):
        view += ["--ro-bind", str(source), target]
    return view


def _above(targets: Iterable[str]) -> list[str]:
    """Return the folders above targets, the outer ones first, but for those that are there."""
    above = {str(parent) for target in targets for parent in Path(target).parents}
    return sorted(above - {"/", "/usr", "/tmp"})


def _limited(command: list[str], memory_mb: int) -> list[str]:
    limiter = shutil.which("prlimit")
    return (
        [limiter, f"--data={memory_mb << 20}", "--core=0", "--", *command] if limiter else command
    )
