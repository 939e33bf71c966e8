"""Nothing is left: after many hostile programs, and after the engine was killed at any moment.

CLADOGEN_HOSTILE=500 and CLADOGEN_KILLS=100 make the numbers large, for every sandbox; small ones run by default.
"""

from __future__ import annotations

import ctypes
import gc
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_folder import own_temporary_folder

from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes.base import Call, Job, Limits
from cladogen.sandboxes.choose import Wanted, make
from cladogen.sandboxes.docker.owner import LABEL_OWNER, owner
from cladogen.sandboxes.inside import folders
from cladogen.sandboxes.inside.processes import descendants

HOSTILE = int(os.environ.get("CLADOGEN_HOSTILE", "16"))
KILLS = int(os.environ.get("CLADOGEN_KILLS", "3"))
LIMITS = Limits(time_s=0.25, memory_mb=128, files_mb=8, output_mb=1)
GONE_WITHIN_S = 60.0  # on a busy machine; less than a second on an idle one
NAMES = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param(
        "bubblewrap",
        marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
    ),
    "local",
]
PROGRAMS = (
    "def run(x):\n    while True: pass",
    "import os, time\ndef run(x):\n    for _ in range(5):\n        if os.fork() == 0:\n            os.setsid()\n"
    "            time.sleep(1e6)\n    return 1",
    "import os\ndef run(x):\n    os.kill(os.getpid(), 9)",
    "def run(x):\n    return len(b'x' * (400 << 20))",
    "import os\ndef run(x):\n    os._exit(0)",
    "import os\ndef run(x):\n    os.write(2, b'x' * (3 << 20))\n    return 1",
    "import os\ndef run(x):\n    open(os.environ['TMPDIR'] + '/f', 'wb').write(b'x' * (7 << 20))\n    return 1",
    "def run(x):\n    return 'x' * (4 << 20)",
)


def containers(name: str) -> list[str]:
    if not shutil.which("docker"):
        return []
    command = ["docker", "ps", "-aq", "--filter", f"label={LABEL_OWNER}={name}"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("name", NAMES)
async def test_counts_are_flat_after_hostile_programs(name: str) -> None:
    sandbox = make(name, Wanted(limits=LIMITS))
    await sandbox.start(1)
    try:
        counts = []
        for number in range(HOSTILE):
            source = PROGRAMS[number % len(PROGRAMS)].encode()
            await sandbox.run(Job({"main.py": File(source)}, "main.py:run", (Call(b"0"),), LIMITS))
            if number % len(PROGRAMS) == len(PROGRAMS) - 1:
                (clean,) = await sandbox.run(
                    Job(
                        {"main.py": File(b"def run(x):\n    return 42")},
                        "main.py:run",
                        (Call(b"0"),),
                    )
                )
                assert clean.status is Status.OK
                gc.collect()
                counts.append((descriptors(), len(list(descendants()))))
        # One replacement may be under way at either count.
        assert counts[-1][0] <= counts[0][0] + 12, counts
        assert counts[-1][1] <= counts[0][1] + 6, counts
    finally:
        await sandbox.close()
    assert containers(owner()) == []
    assert [pid for pid in descendants() if "cladogen" in command_line(pid)] == []


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


@pytest.fixture
def subreaper() -> Iterator[None]:
    """Orphans of killed engines become children of this process, so that they can be counted."""
    libc = ctypes.CDLL(None)
    libc.prctl(36, 1, 0, 0, 0)
    yield
    libc.prctl(36, 0, 0, 0, 0)


@pytest.fixture
def own_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_temporary_folder(monkeypatch) as folder:
        yield folder


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_when_the_engine_is_killed(
    name: str, subreaper: None, own_folder: Path
) -> None:
    rng = random.Random(7)
    before = set(descendants())
    for _ in range(KILLS):
        lines = rng.randrange(1, 10)
        engine = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("sandbox_engine.py")), name],
            stdout=subprocess.PIPE,
            text=True,
        )
        named = owner(engine.pid)
        assert engine.stdout is not None
        for _ in range(lines):
            engine.stdout.readline()
        for _ in range(rng.randrange(200_000)):
            pass  # another moment each time
        engine.send_signal(signal.SIGKILL)
        engine.wait()
        engine.stdout.close()
        deadline = time.monotonic() + GONE_WITHIN_S
        _wait_until_gone(before, deadline)
        while containers(named) and time.monotonic() < deadline:
            continue
        assert containers(named) == []
        left = {pid: command_line(pid)[:200] for pid in set(descendants()) - before}
        assert {
            pid: command for pid, command in left.items() if command
        } == {}  # the others are only not reaped yet
        assert left_folders() == set()


def left_folders() -> set[Path]:
    """Return the scratch folders whose supervisor is gone."""
    return {Path(folder) for folder in folders.unheld("cladogen-local-")}


def _wait_until_gone(before: set[int], deadline: float) -> None:
    """Wait for every orphan, by its descriptor, and reap it."""
    while left := set(descendants()) - before:
        for pid in left:
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            ended, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            os.close(descriptor)
            if not ended:
                return
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue  # not ours to reap, yet
