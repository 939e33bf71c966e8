"""A sandbox's way to the listed hosts: a gate beside it, started with it and ended with it.

Where nothing is listed, nothing of this exists: no process, no folder, no variable, no port. Where
something is, every program gets a sandbox of its own (and so a gate of its own), so that no
connection outlives a candidate.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cladogen.errors import SandboxError
from cladogen.sandboxes.base import Limits
from cladogen.sandboxes.inside import folders
from cladogen.sandboxes.inside.listeners import PLACE, PORT
from cladogen.sandboxes.line.process import HostProcess, python_environment, start_process
from cladogen.sandboxes.line.session import Session
from cladogen.sandboxes.network.allow_list import AllowList
from cladogen.sandboxes.network.gate import GateLimits

_READY_S = 30.0
_REPORT_S = 5.0
_SHOWN = 10
_PREFIX = "cladogen-gate-"
_NOT_SET = ("NO_PROXY", "no_proxy")  # an image may say that some hosts need no proxy
_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True, slots=True)
class WayOut:
    """What a sandbox is started with so that its candidate finds the gate; empty where there is
    none.
    """

    folders: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


class GateProcess:
    """The engine's end of a gate process."""

    def __init__(self, process: HostProcess) -> None:
        self.process = process
        self.folder = ""
        self.report: dict[str, Any] = {"flows": {}, "refused": 0, "failed": 0, "names": []}

    @classmethod
    async def start(cls, allowed: AllowList, limits: Limits) -> GateProcess:
        """Start a gate that waits to be handed its listener."""
        command = [
            sys.executable,
            "-I",
            "-m",
            "cladogen.sandboxes.network.gate_process",
            f"{_PREFIX}{os.getpid()}-",
        ]
        entries = list(map(str, allowed.entries))
        settings = {"allowed": entries, "bounds": asdict(GateLimits(total_mb=limits.network_mb))}
        gate = cls(await start_process(command, python_environment(1)))
        try:
            gate.folder = (await gate._ask(json.dumps(settings), _READY_S)).decode().rstrip("\n")
            if not gate.folder:
                raise SandboxError(
                    "network: the gate did not start: "
                    f"{await gate.process.last_words() or 'no word'}"
                )
        except BaseException:
            await gate.close()
            raise
        return gate

    @property
    def way_out(self) -> WayOut:
        proxy = f"http://127.0.0.1:{PORT}"
        return WayOut(
            {PLACE: f"{self.folder}/way"},
            {**dict.fromkeys(_VARIABLES, proxy), **dict.fromkeys(_NOT_SET, "")},
            {"network": True},
        )

    async def news(self) -> str:
        """Return in one line what went over the gate since this was asked last; raises SandboxError
        when it is gone.
        """
        line = await self._ask("report", _REPORT_S)
        if not line:
            raise SandboxError(
                f"network: the gate has ended: {await self.process.last_words() or 'no word'}"
            )
        report = json.loads(line)
        before, self.report = self.report, report
        return f"network: {'; '.join(_since(before, report)) or 'nothing'}"

    async def close(self) -> None:
        """End the gate and every connection through it."""
        await self.process.end()
        if self.folder:  # when it was killed before a sandbox found it
            shutil.rmtree(self.folder, ignore_errors=True)

    async def _ask(self, line: str, timeout_s: float) -> bytes:
        try:
            async with asyncio.timeout(timeout_s):
                self.process.writer.write(line.encode() + b"\n")
                await self.process.writer.drain()
                return await self.process.reader.readline()
        except (TimeoutError, OSError) as error:
            raise SandboxError(f"network: the gate does not answer: {error}") from None


def _since(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return in words what came about between two reports; the hosts with most bytes first."""
    report = _traffic(before["flows"], now["flows"])
    if report[_SHOWN:]:
        report[_SHOWN:] = [f"{len(report) - _SHOWN} more hosts"]
    report += [
        f"{now[word] - before[word]} requests {word}"
        for word in ("refused", "failed")
        if now[word] > before[word]
    ]
    names = [name for name in now["names"] if name not in before["names"]]
    return [*report, f"not opened: {', '.join(names)}"] if names else report


def _traffic(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    new = {
        host: [a - b for a, b in zip(flow, before.get(host, (0, 0, 0)), strict=True)]
        for host, flow in now.items()
    }
    busy = sorted((host for host in new if any(new[host])), key=lambda host: -sum(new[host]))
    return [
        f"{host} {new[host][0]} connections, {new[host][1]} bytes sent, {new[host][2]} received"
        for host in busy
    ]


async def with_gate(
    allowed: AllowList, limits: Limits, spawn: Callable[[WayOut], Awaitable[Session]]
) -> Session:
    """Start a session with a gate of its own beside it, or with none where nothing is allowed."""
    if not allowed:
        return await spawn(WayOut())
    gate = await GateProcess.start(allowed, limits)
    try:
        session = await spawn(gate.way_out)
    except BaseException:
        await gate.close()
        raise
    kill = session.kill

    async def both() -> None:
        await asyncio.gather(gate.close(), kill())

    session.kill, session.news = both, gate.news
    return session


def sweep() -> None:
    """Remove the folders of gates that were killed before a sandbox found them."""
    for folder in folders.unheld(_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def strength(text: str, allowed: AllowList) -> str:
    """Return a sandbox's line on its strength, with what is true of its network."""
    return (
        text.replace("no network", f"network only to {allowed}, by a gate", 1) if allowed else text
    )
