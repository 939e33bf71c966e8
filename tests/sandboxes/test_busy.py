"""A busy machine is no verdict: what a program waited for a CPU does not count against it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Execution, Job, Limits
from cladogen.sandboxes.inside import waits
from cladogen.sandboxes.inside.result import BUSY, INFRA, TIMEOUT
from cladogen.sandboxes.inside.watch import ChildLimits
from cladogen.sandboxes.line.pool import SessionPool
from cladogen.sandboxes.line.session import Session
from cladogen.sandboxes.local import Local

LIMITS = Limits(time_s=0.5, memory_mb=256)
WORK = b"""
import time
def run(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"
"""


@pytest.fixture
def load() -> Iterator[None]:
    """More to do for every CPU than there is time for."""
    children = []
    for _ in range(4 * (os.cpu_count() or 1)):
        if (child := os.fork()) == 0:
            os.setsid()  # a kernel that groups by session would share among sessions
            while True:
                pass
        children.append(child)
    yield
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def job(data: bytes, source: bytes = WORK, limits: Limits = LIMITS) -> Job:
    return Job({"main.py": File(source)}, "main.py:run", (Call(data),), limits)


async def test_a_program_that_the_machine_gave_no_cpu_is_not_timed_out(load: None) -> None:
    sandbox = Local(limits=LIMITS)
    await sandbox.start(1)
    try:
        (execution,) = await sandbox.run(job(b"0.3"))
    finally:
        await sandbox.close()
    assert execution.status is Status.OK, execution
    assert execution.usage.wall_s > LIMITS.time_s


async def test_a_program_that_sleeps_is_timed_out_and_told_so() -> None:
    sandbox = Local(limits=LIMITS)
    await sandbox.start(1)
    try:
        source = b"import time\ndef run(x):\n    time.sleep(60)"
        (execution,) = await sandbox.run(job(b"0", source))
    finally:
        await sandbox.close()
    assert execution.status is Status.TIMEOUT
    assert "it slept or waited" in execution.detail


async def test_a_wait_for_a_child_is_no_wait_for_a_disk() -> None:
    sandbox = Local(limits=LIMITS)
    await sandbox.start(1)
    try:
        source = (Path(__file__).parents[1] / "attacks" / "wait_by_vfork.py").read_bytes()
        (execution,) = await sandbox.run(job(b"0", source))
    finally:
        await sandbox.close()
    assert execution.status is Status.TIMEOUT
    assert execution.usage.wall_s < LIMITS.longest_s - 2.0


def test_a_wait_for_a_disk_is_told_from_one_for_a_child(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(waits, "_PROC", str(tmp_path))
    nobody = 1 << 22  # more than any process has
    folder = tmp_path / str(nobody)
    folder.mkdir()
    (folder / "stat").write_text(f"{nobody} (x) D 1 7")
    for place, blocked in (("io_schedule", True), ("kernel_clone", False), ("0", True)):
        (folder / "wchan").write_text(place)
        assert waits.is_blocked(nobody) is blocked


ANSWERS_MEANWHILE = b"""
import os, time
def run(folder):
    parent = os.getppid()
    with open(folder + "/part", "w") as stream:
        stream.write(str(parent))
    os.rename(folder + "/part", folder + "/supervisor")
    while ") T " not in open(f"/proc/{parent}/stat").read():
        time.sleep(0.01)
    return list(range(1000))
"""


def _appears(path: Path) -> int:
    while not path.exists():
        time.sleep(0.01)
    return int(path.read_text())


async def test_an_answer_that_came_while_the_supervisor_had_no_cpu_is_no_timeout() -> None:
    limits = Limits(time_s=3.0, memory_mb=256)
    sandbox = Local(limits=limits)
    await sandbox.start(1)
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        asked = job(wire.encode(name), ANSWERS_MEANWHILE, limits)
        running = asyncio.ensure_future(sandbox.run(asked))
        try:
            supervisor = await asyncio.to_thread(_appears, Path(name, "supervisor"))
            os.kill(supervisor, signal.SIGSTOP)
            await asyncio.sleep(limits.time_s + 0.2)  # by then the call is late
            os.kill(supervisor, signal.SIGCONT)
            (execution,) = await running
        finally:
            await sandbox.close()
    assert execution.status is Status.OK, execution


@pytest.mark.parametrize(("heard", "granted"), [(True, 2.0), (False, 0.0)])
def test_what_the_supervisor_waited_counts_where_the_program_waits_for_it(heard, granted):
    """A program that writes more than a pipe holds waits until somebody reads."""
    watch = object.__new__(ChildLimits)
    watch.queues = waits.Waits()
    with subprocess.Popen(["sleep", "600"]) as program:
        watch.child = SimpleNamespace(candidate=program.pid, top=program.pid)
        now = watch.queues.look((program.pid, os.getpid()))
        watch.waits = {program.pid: now[program.pid] + 1e6, os.getpid(): now[os.getpid()] - 2.0}
        watch.heard = heard
        watch.waited = watch.blocked = watch.noted = 0.0
        watch._note_waits()
        program.kill()
    assert watch.waited == pytest.approx(granted, abs=1.0)


def test_a_wait_for_a_cpu_counts_before_it_is_over(tmp_path: Path, monkeypatch) -> None:
    """The kernel adds it to its own count when the thread has its turn, on a busy machine too late."""
    clock = [0.0]
    monkeypatch.setattr(waits, "_PROC", str(tmp_path))
    monkeypatch.setattr(waits, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    thread = tmp_path / "7" / "task" / "7"
    thread.mkdir(parents=True)
    queues, found = waits.Waits(), []
    for clock[0], state, turns in (
        (0.0, "R", "2000000 1000000000 5"),
        (1.5, "R", "2000000 1000000000 5"),  # no turn since
        (2.5, "R", "2000000 1000000000 5"),
        (3.0, "R", "3000000 3600000000 6"),  # it had one: the kernel's count has what it waited
        (4.0, "S", "3000000 3600000000 6"),  # it sleeps
        (9.0, "R", "3000000 3600000000 6"),  # and has just woken up, as far as looks tell
        (9.5, "R", "3000000 3600000000 6"),
    ):
        (thread / "schedstat").write_text(turns)
        (thread / "stat").write_text(f"7 (a ) b) {state} 1 7 7")
        found.append(queues.look([7])[7])
    assert found == pytest.approx([1.0, 2.5, 3.5, 3.6, 3.6, 3.6, 4.1])
    assert queues.look([8]) == {8: 0.0}


@pytest.mark.parametrize(("nice", "policy"), [(19, 0), (0, os.SCHED_IDLE)])
def test_a_program_that_gives_way_to_others_waits_by_its_own_doing(
    tmp_path: Path, monkeypatch, nice: int, policy: int
) -> None:
    monkeypatch.setattr(waits, "_PROC", str(tmp_path))
    thread = tmp_path / "7" / "task" / "7"
    thread.mkdir(parents=True)
    queues = waits.Waits()
    queues.given = (0, 0)
    found = []
    for asked in ((0, 0), (nice, policy), (0, 0)):
        (thread / "schedstat").write_text("2000000 1000000000 5")
        fields = ["S", *map(str, range(15)), str(asked[0]), *map(str, range(21)), str(asked[1])]
        (thread / "stat").write_text(f"7 (a ) b) {' '.join(fields)}")
        found.append(queues.look([7])[7])
    assert found == [1.0, 0.0, 0.0]  # and it cannot take that back


class Played(Session):
    """A supervisor whose first answer is that the machine was too busy, and that sees who else is at work."""

    def __init__(self, at_work: set[int], beside: list[int]) -> None:
        async def end() -> None:
            return

        super().__init__(asyncio.StreamReader(), None, end)  # type: ignore[arg-type]
        self.at_work, self.beside = at_work, beside

    async def run(self, asked: Job, slot: int, rules: dict[str, Any]) -> list[Execution]:
        self.at_work.add(slot)
        for _ in range(20):
            await asyncio.sleep(0)
        self.beside.append(len(self.at_work))
        self.at_work.discard(slot)
        first = asked.program not in SEEN
        SEEN.add(asked.program)
        status = Status.INFRA if first else Status.OK
        return [Execution(status, b"1", BUSY if first else "") for _ in asked.calls]


SEEN: set[str] = set()


async def test_what_the_machine_was_too_busy_for_is_measured_again_alone() -> None:
    SEEN.clear()
    at_work: set[int] = set()
    beside: list[int] = []

    async def spawn(limits: Limits, slot: int) -> Session:
        return Played(at_work, beside)

    pool = SessionPool(spawn, {})
    await pool.start(3, LIMITS)
    jobs = (Job({}, "main.py:run", (Call(b"1"),), LIMITS, program=str(k)) for k in range(6))
    found = await asyncio.gather(*(pool.run(each) for each in jobs))
    await pool.close()
    assert [execution.status for (execution,) in found] == [Status.OK] * 6
    assert beside.count(1) >= 6
    assert pool.alone == 0
    assert len(pool.free) == 3


@pytest.mark.parametrize(
    ("used", "waited", "status"), [(6.3, 30.0, INFRA), (9.5, 30.0, TIMEOUT), (6.3, 1.0, TIMEOUT)]
)
def test_program_that_had_six_of_ten_seconds_in_forty_is_measured_again(used, waited, status):
    watch = object.__new__(ChildLimits)
    watch.limits = {"time_s": 10.0, "longest_s": 40.0}
    watch.waited, watch.clock = waited, SimpleNamespace(cpu_s=lambda: used)
    result = watch._late(time.monotonic() - 40.0, 0.0)
    assert result.status == status
