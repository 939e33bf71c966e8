"""A control group for each supervisor outside Docker, where this user may make one.

It bounds what resource limits cannot: memory that no process maps, the CPU time of processes that
nobody waited for, a tree of processes as a whole. Root makes groups below its own, of version 1 or
2; any user does where a part of the tree is delegated to him (version 2), and else asks the user's
service manager for a scope (``systemd-run --user --scope``). A group is its engine's for as long as
that holds a lock on its folder; the next engine removes what nobody holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cladogen.sandboxes.base import Limits
from cladogen.sandboxes.inside.group import FILES, GroupCounters
from cladogen.sandboxes.line.process import HostProcess, start_process

ROOT = Path("/sys/fs/cgroup")
PREFIX = "cladogen-"
_CONTROLLERS: tuple[str, ...] = ("memory", "cpuacct", "pids")
_OWN_MB = 64  # for the supervisor and the child prepared ahead
_OWN_PROCESSES = 8
_SCOPED = ("systemd-run", "--user", "--scope", "--quiet", "--collect")
_SERVICE_MANAGER = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
_SCOPE_S = 5.0
_REMOVED_AFTER = 50  # tries, while the kernel clears a group of its last process
_numbers = itertools.count()


@dataclass(frozen=True)
class Base:
    """Where groups are made: for each controller of version 1 a folder, or one for version 2."""

    version: int
    folders: Mapping[str, Path]  # by controller; of version 2 one, by the name ""


@dataclass(eq=False)
class ControlGroup:
    """One group: what starts in it by `command` is bounded and counted."""

    version: int
    folders: Mapping[str, Path]
    locks: list[int] = field(default_factory=list)
    opened: dict[str, int] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, base: Base, limits: Limits) -> ControlGroup:
        """Make a group with these limits; OSError where that is not allowed."""
        name = f"{PREFIX}{os.getpid()}-{next(_numbers)}-{secrets.token_hex(4)}"
        group = cls(base.version, {key: folder / name for key, folder in base.folders.items()})
        try:
            for folder in group.folders.values():
                folder.mkdir()
                group.locks.append(_locked(folder))
            for file, value in _wanted(base.version, limits).items():
                _write(group._path(file), value)
            for key, file in FILES[base.version].items():
                group.opened[key] = os.open(group._path(file), os.O_RDONLY)
        except OSError:
            group._give_up()
            raise
        return group

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command that enters the group and goes on as ``command``."""
        entries = [str(folder / "cgroup.procs") for folder in self.folders.values()]
        enter = f'for file in {" ".join(entries)}; do echo 0 > "$file" || exit 125; done; exec "$@"'
        return ["/bin/sh", "-c", enter, "enter", *command]

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Return what the supervisor inherits, under the same numbers."""
        return tuple(self.opened.values())

    @property
    def counters(self) -> dict[str, int]:
        """Return what the supervisor is told: the descriptor of each counter."""
        return dict(self.opened)

    async def remove(self) -> None:
        """Remove the group, whose processes have ended or are about to."""
        for _ in range(_REMOVED_AFTER):
            if not any(folder.exists() for folder in self.folders.values()):
                break
            for folder in self.folders.values():
                with contextlib.suppress(OSError):
                    folder.rmdir()
            await asyncio.sleep(0.02)
        self._close()

    def _path(self, file: str) -> Path:
        controller, _, name = file.rpartition("/")
        return self.folders[controller] / name

    def _give_up(self) -> None:
        for folder in self.folders.values():
            with contextlib.suppress(OSError):
                folder.rmdir()
        self._close()

    def _close(self) -> None:
        for descriptor in (*self.locks, *self.opened.values()):
            os.close(descriptor)
        self.locks.clear()
        self.opened.clear()


class Scope:
    """A group that the user's service manager makes for one command, and removes with it."""

    counters: Mapping[str, int] = {"kills": 7, "cpu": 8, "memory": 9}
    descriptors: tuple[int, ...] = ()

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command that has the group made, opens its counters and goes on."""
        files = " ".join(
            f'{number}<"$group/{FILES[2][key]}"' for key, number in self.counters.items()
        )
        enter = (
            f"group={ROOT}$(sed -n s/^0:://p /proc/self/cgroup); exec {files} || exit 125; "
            f'unset {" ".join(_SERVICE_MANAGER)}; exec "$@"'
        )
        memory, processes = _bounds(self.limits)
        asked = (f"MemoryMax={memory}", "MemorySwapMax=0", f"TasksMax={processes}")
        properties = [word for each in asked for word in ("-p", each)]
        return [*_SCOPED, *properties, "--", "/bin/sh", "-c", enter, "enter", *command]

    async def remove(self) -> None:
        """The service manager does it."""

    @property
    def environment(self) -> dict[str, str]:
        """Return what the command needs to find the service manager; the supervisor never gets
        it.
        """
        return {key: value for key, value in os.environ.items() if key in _SERVICE_MANAGER}

    @classmethod
    def works(cls) -> bool:
        """Return whether a service manager of this user answers and its groups can be read."""
        if shutil.which(_SCOPED[0]) is None:
            return False
        trial = cls(Limits())
        try:
            done = subprocess.run(
                trial.command(["/bin/true"]),
                env={"PATH": os.defpath, **trial.environment},
                capture_output=True,
                timeout=_SCOPE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0


@dataclass(frozen=True)
class Groups:
    """How groups are made here; without a base and a service manager, not at all."""

    base: Base | None = None
    scopes: bool = False

    @classmethod
    def find(cls) -> Groups:
        """Look once, before the first supervisor starts. Blocks for some milliseconds."""
        base = find()
        return cls(base, base is None and Scope.works())

    def __bool__(self) -> bool:
        return self.base is not None or self.scopes

    def make(self, limits: Limits) -> ControlGroup | Scope | None:
        """Return a new group, None where there is none or no longer one."""
        if self.base is not None:
            with contextlib.suppress(OSError):
                return ControlGroup.make(self.base, limits)
        return Scope(limits) if self.scopes else None


def described(way: str, grouped: bool) -> str:
    """Return for a run's header what bounds and counts memory and CPU time outside Docker."""
    if grouped:
        return "memory and CPU time by a control group"
    clocks = {"kernel": "counted by the kernel", "sum": "added up over the processes"}
    return (
        "no control group: memory added up over the processes and what their descriptors hold, CPU "
        f"time {clocks.get(way, 'counted')}"
    )


@dataclass(eq=False)
class GroupedProcess(HostProcess):
    """A process of ours in a group of its own, or in none."""

    group: ControlGroup | Scope | None = None

    @property
    def counted(self) -> dict[str, Any]:
        """Return what a supervisor is told of its group."""
        return {"group": self.group.counters if self.group is not None else None}

    async def memory_kills(self, known: int = -1) -> int:
        """Return how often the kernel has taken memory back in the group, 0 where none is seen. Its
        count is never late, so there is nothing to wait for, whatever is ``known``.
        """
        opened = self.group.opened if isinstance(self.group, ControlGroup) else {}
        return GroupCounters(opened).kills() if opened else 0

    async def end(self, grace_s: float = 2.0) -> None:
        try:
            await HostProcess.end(self, grace_s)
        finally:
            if self.group is not None:
                await self.group.remove()


async def start_in_group(
    command: Sequence[str], environment: Mapping[str, str], groups: Groups | None, limits: Limits
) -> GroupedProcess:
    """Start ``command`` in a new group, where there are groups."""
    group = groups.make(limits) if groups else None
    if group is None:
        process = await start_process(command, environment)
    else:
        try:
            process = await start_process(
                group.command(command),
                {**environment, **group.environment},
                pass_fds=group.descriptors,
            )
        except BaseException:
            await group.remove()
            raise
    return GroupedProcess(
        process.process, process.reader, process.writer, process.errors, process.draining, group
    )


def find(root: Path = ROOT, own: str = "") -> Base | None:
    """Return where groups can be made here, None where nowhere; removes what dead engines left."""
    own = own or Path("/proc/self/cgroup").read_text() if Path("/proc/self/cgroup").exists() else ""
    for base in (*_version_2(root, own), *_version_1(root, own)):
        with contextlib.suppress(OSError):
            sweep(base)
            trial = ControlGroup.make(base, Limits())
            trial._give_up()
            return base
    return None


def sweep(base: Base) -> None:
    """Remove the groups that no engine holds: those that are empty."""
    for folder in base.folders.values():
        for group in folder.glob(f"{PREFIX}*-*-*"):
            with contextlib.suppress(OSError):
                lock = os.open(group, os.O_RDONLY)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    group.rmdir()
                finally:
                    os.close(lock)


def _version_2(root: Path, own: str) -> Iterator[Base]:
    """Yield this process's group and those above it that hand memory and processes down."""
    place = next((line[3:] for line in own.splitlines() if line.startswith("0::/")), "")
    folder = root / place.lstrip("/")
    while place and folder.is_relative_to(root):
        if _handed_down(folder) >= {"memory", "pids"} and os.access(folder, os.W_OK):
            yield Base(2, {"": folder})
        folder = folder.parent


def _handed_down(folder: Path) -> set[str]:
    try:
        return set((folder / "cgroup.subtree_control").read_text().split())
    except OSError:
        return set()


def _version_1(root: Path, own: str) -> Iterator[Base]:
    folders = _folders_by_controller(root, own)
    wanted = {name: folders[name] for name in _CONTROLLERS if name in folders}
    if len(wanted) == 3 and all(os.access(folder, os.W_OK) for folder in wanted.values()):
        yield Base(1, wanted)


def _folders_by_controller(root: Path, own: str) -> dict[str, Path]:
    folders: dict[str, Path] = {}
    for line in own.splitlines():
        _, controllers, place = line.split(":", 2)
        for controller in controllers.split(","):
            folders[controller] = root / controller / place.lstrip("/")
    return folders


def _wanted(version: int, limits: Limits) -> dict[str, str]:
    """Return what to write into which file."""
    memory, processes = map(str, _bounds(limits))
    if version == 1:
        return {
            "memory/memory.limit_in_bytes": memory,
            "memory/memory.swappiness": "0",
            "pids/pids.max": processes,
        }
    return {"memory.max": memory, "memory.swap.max": "0", "pids.max": processes}


def _bounds(limits: Limits) -> tuple[int, int]:
    return (limits.memory_mb + _OWN_MB) << 20, limits.processes + _OWN_PROCESSES


def _locked(folder: Path) -> int:
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return lock


def _write(path: Path, text: str) -> None:
    if path.name == "memory.swap.max" and not path.exists():
        return  # a kernel without swap accounting
    path.write_text(text)
