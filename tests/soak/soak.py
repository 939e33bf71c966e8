"""A soak: many workers, hostile programs, a daemon that is killed now and then, memory that must stay flat.

    python tests/soak/soak.py [--minutes 60] [--workers 64] [--sandbox docker] [--kill-every 10]

For Docker it starts a daemon of its own (root only), with its own socket, folders and bridge, and
kills that one with SIGKILL; programs that could not be run meanwhile are run again until they have
an outcome. Prints a line a minute, and at the end one line of JSON. Exits 1 when a program never
had an outcome, when a clean program failed, or when the engine's memory at the end is more than
5 % above what it was after the first fifth of the time.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import gc
import itertools
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes.base import Call, Job, Limits, Sandbox
from cladogen.sandboxes.choose import Wanted, make

LIMITS = Limits(time_s=1.0, memory_mb=128, files_mb=8, output_mb=1, processes=24)
CLEAN = "def run(x):\n    return 6 * 7"
HOSTILE = (
    "def run(x):\n    while True: pass",
    "import os, time\ndef run(x):\n    for _ in range(5):\n        if os.fork() == 0:\n            os.setsid()\n"
    "            time.sleep(1e6)\n    return 1",
    "import os\ndef run(x):\n    os.kill(os.getpid(), 9)",
    "def run(x):\n    return len(b'x' * (400 << 20))",
    "import os\ndef run(x):\n    os._exit(0)",
    "import os\ndef run(x):\n    os.write(2, b'x' * (3 << 20))\n    return 1",
    "import os\ndef run(x):\n    open(os.environ['TMPDIR'] + '/f', 'wb').write(b'x' * (7 << 20))\n    return 1",
    "def run(x):\n    return 'x' * (4 << 20)",
    "import os\ndef run(x):\n    while True: os.fork()",
    "import ctypes\ndef run(x):\n    ctypes.CDLL(None).ptrace(0, 0, 0, 0)",
    "import ctypes\ndef run(x):\n    ctypes.string_at(0)",
    "import threading, time\ndef run(x):\n    while True: threading.Thread(target=time.sleep, args=(9,)).start()",
)
AWAY_FOR_S = 6.0
LONGEST_PAUSE_S = 20.0


class Daemon:
    """A Docker daemon of its own, which can be killed without anybody else noticing."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cladogen-soak-"))
        self.bridge = f"soak{os.getpid() % 100000}"
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        _quiet("ip", "link", "add", "name", self.bridge, "type", "bridge")
        (self.folder / "docker.pid").unlink(missing_ok=True)
        command = [
            "dockerd", "--host", f"unix://{self.folder}/docker.sock", "--data-root", f"{self.folder}/data",
            "--exec-root", f"{self.folder}/exec", "--pidfile", f"{self.folder}/docker.pid",
            "--bridge", self.bridge, "--iptables=false", "--ip-forward=false", "--ip-masq=false",
        ]  # fmt: skip
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        os.environ["DOCKER_HOST"] = f"unix://{self.folder}/docker.sock"
        deadline = time.monotonic() + 120
        while subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
            if time.monotonic() > deadline:
                raise SystemExit(f"the daemon did not start: {self.folder}/log")
            time.sleep(0.5)

    async def kill(self) -> None:
        """Kill the daemon as an operator's mistake would, and start it again some seconds later."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self.process.wait)
        await asyncio.sleep(AWAY_FOR_S)
        await self.start()

    async def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self.process.wait, 30)
        for pidfile in (self.folder / "exec").rglob("*.pid"):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(pidfile.read_text()), signal.SIGTERM)
        await asyncio.sleep(2)
        for line in reversed(Path("/proc/mounts").read_text().splitlines()):
            if str(self.folder) in line:
                _quiet("umount", "--lazy", line.split()[1])
        _quiet("ip", "link", "delete", self.bridge)
        shutil.rmtree(self.folder, ignore_errors=True)


def _quiet(*command: str) -> None:
    subprocess.run(command, capture_output=True, check=False)


@dataclass
class Tally:
    """What came of the programs, and the samples of memory."""

    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)
    away: int = 0
    wrong: list[str] = field(default_factory=list)
    asked: int = 0
    ended: int = 0
    kills: int = 0
    last: float = 0.0
    longest_gap_s: float = 0.0
    memory_mb: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    def note(self, status: Status) -> None:
        now = time.monotonic()
        self.longest_gap_s = max(self.longest_gap_s, now - self.last)
        self.last = now
        self.outcomes[status.value] += 1
        self.ended += 1


async def work(sandbox: Sandbox, numbers: itertools.count[int], tally: Tally, until: float) -> None:
    while time.monotonic() < until:
        number = next(numbers)
        clean = number % 4 == 0
        source = CLEAN if clean else HOSTILE[(number // 4 * 3 + number % 4) % len(HOSTILE)]
        job = Job(
            {"main.py": File(f"# {number}\n{source}".encode())},
            "main.py:run",
            (Call(b"0"),),
            LIMITS,
            fresh=number % 16 == 0,
        )
        tally.asked += 1
        pause = 0.5
        while True:
            (execution,) = await sandbox.run(job)
            if execution.status is not Status.INFRA:
                break
            tally.away += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        tally.note(execution.status)
        if clean and execution.status is not Status.OK:
            tally.wrong.append(f"{execution.status.value}: {execution.detail}"[:200])


async def watch(tally: Tally, every_s: float, started: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        gc.collect()
        tally.memory_mb.append(_resident_mb())
        tally.descriptors.append(len(os.listdir("/proc/self/fd")))
        minutes = (time.monotonic() - started) / 60
        print(
            f"{minutes:6.1f} min  {tally.ended} programs, {tally.away} times away, "
            f"{tally.memory_mb[-1]:.1f} MB, {tally.descriptors[-1]} descriptors, {len(tally.wrong)} wrong",
            flush=True,
        )


def _resident_mb() -> float:
    text = Path("/proc/self/statm").read_text()
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


async def disturb(daemon: Daemon | None, tally: Tally, every_s: float) -> None:
    while daemon is not None and every_s:
        await asyncio.sleep(every_s)
        tally.kills += 1
        print("        the daemon is killed", flush=True)
        await daemon.kill()


@contextlib.asynccontextmanager
async def daemon_of_its_own(name: str) -> AsyncIterator[Daemon | None]:
    if name != "docker":
        yield None
        return
    daemon = Daemon()
    try:
        await daemon.start()
        yield daemon
    finally:
        await daemon.end()


async def soak(name: str, minutes: float, workers: int, kill_every: float) -> dict[str, object]:
    tally = Tally()
    async with daemon_of_its_own(name) as daemon:
        sandbox = make(name, Wanted(limits=LIMITS))
        await sandbox.start(workers)
        started = tally.last = time.monotonic()
        until = started + 60 * minutes
        numbers = itertools.count()
        beside = [
            asyncio.create_task(watch(tally, min(60.0, 3 * minutes), started)),
            asyncio.create_task(disturb(daemon, tally, 60 * kill_every)),
        ]
        try:
            await asyncio.gather(*(work(sandbox, numbers, tally, until) for _ in range(workers)))
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await sandbox.close()
    return _summary(tally, name, minutes, workers)


def _summary(tally: Tally, name: str, minutes: float, workers: int) -> dict[str, object]:
    warm = tally.memory_mb[len(tally.memory_mb) // 5 :]
    third = max(1, len(warm) // 3)
    first, last = statistics.median(warm[:third]), statistics.median(warm[-third:])
    return {
        "sandbox": name,
        "minutes": minutes,
        "workers": workers,
        "programs": tally.ended,
        "never ended": tally.asked - tally.ended,
        "outcomes": dict(tally.outcomes),
        "daemon killed": tally.kills,
        "away": tally.away,
        "longest gap s": round(tally.longest_gap_s, 1),
        "clean programs that failed": tally.wrong[:10],
        "memory MB": [round(first, 1), round(last, 1)],
        "memory growth": round(last / first - 1, 4),
        "descriptors": [min(tally.descriptors), max(tally.descriptors)],
    }


def passed(found: dict[str, object]) -> bool:
    """Return whether nothing was lost and memory is flat within 5 %."""
    growth = found["memory growth"]
    assert isinstance(growth, float)
    return not found["never ended"] and not found["clean programs that failed"] and growth <= 0.05


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--sandbox", default="docker", choices=("docker", "bubblewrap", "local"))
    parser.add_argument("--kill-every", type=float, default=10.0, metavar="MINUTES")
    chosen = parser.parse_args()
    # Whoever ends it early (a time limit around it) leaves no daemon behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    result = asyncio.run(soak(chosen.sandbox, chosen.minutes, chosen.workers, chosen.kill_every))
    print(json.dumps(result))
    sys.exit(0 if passed(result) else 1)
