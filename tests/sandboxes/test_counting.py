"""What is read of a control group, of either version, and of the processes there are."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cladogen.sandboxes.inside import clock, ending, group, memory

EVENTS = "low 0\nhigh 0\nmax 12\noom 2\noom_kill 2\noom_group_kill 0\n"
STAT = "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 0\n"


def write(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return str(root)


MEMORY_2 = "anon 104857600\nfile 300000\nshmem 52428800\n"
MEMORY_1 = "cache 9\nrss 9\nshmem 9\ntotal_rss 104857600\ntotal_shmem 52428800\n"
CONTROL = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"


def test_version_2_counts_kills_microseconds_and_what_no_process_maps(tmp_path: Path) -> None:
    files = {"memory.events": EVENTS, "cpu.stat": STAT, "memory.stat": MEMORY_2}
    found = group.find(write(tmp_path, files))
    assert found is not None
    assert (found.kills(), found.cpu_s(), found.held_mb()) == (2, 2.5, 150.0)


def test_version_1_counts_kills_nanoseconds_and_what_no_process_maps(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "memory/memory.oom_control": CONTROL,
            "memory/memory.stat": MEMORY_1,
            "cpuacct/cpuacct.usage": "1500000000\n",
        },
    )
    found = group.find(root)
    assert found is not None
    assert (found.kills(), found.cpu_s(), found.held_mb()) == (3, 1.5, 150.0)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {
            "cpu.stat": STAT
        },  # a root group, or one without the memory controller (rootless, not delegated)
        {"memory.events": EVENTS},
        {
            "memory/memory.oom_control": "under_oom 0\n",
            "memory/memory.stat": MEMORY_1,
            "cpuacct/cpuacct.usage": "1",
        },  # a kernel that counts no kills
    ],
)
def test_a_group_that_does_not_count_both_is_not_relied_upon(
    tmp_path: Path, files: dict[str, str]
) -> None:
    assert group.find(write(tmp_path, files)) is None


def test_a_counter_that_children_inherit_keeps_what_ended_ones_used() -> None:
    waiting, go = os.pipe()
    if (child := os.fork()) == 0:
        os.read(waiting, 1)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if os.fork() == 0:
            end = time.process_time() + 0.1
            while time.process_time() < end:
                pass
            os._exit(0)
        try:
            os.wait()  # returns when there is no child any more
        finally:
            os._exit(0)
    found = clock.of_child(child, os.getpid(), None)
    if found.way != "kernel":
        pytest.skip("this kernel lets nobody count")
    os.write(go, b"x")
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert found.cpu_s() >= 0.1
    found.close()
    os.waitpid(child, 0)
    for descriptor in (waiting, go):
        os.close(descriptor)


def test_a_process_that_ended_still_says_what_it_used() -> None:
    child = os.fork()
    if child == 0:
        held = b"x" * (200 << 20)
        os.kill(os.getpid(), signal.SIGKILL if held else 0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    used = memory.ended(child)
    assert used is not None
    assert used.cpu_s > 0
    assert used.peak_mb > 200
    assert os.waitpid(child, 0) == (child, signal.SIGKILL)  # it was left to be reaped


def test_a_process_that_may_not_be_read_is_no_failure() -> None:
    assert memory.proportional_mb(1 << 30) is None
    assert memory.fresh(1 << 30, None) == memory.Fresh()


@pytest.fixture
def no_pidfd(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in gVisor, and before Linux 5.3."""

    def none(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", none)
    before = signal.getsignal(signal.SIGCHLD)
    yield
    signal.signal(signal.SIGCHLD, before)


def test_a_sandbox_starts_where_no_descriptor_tells_of_a_childs_end(no_pidfd: None) -> None:
    waiting, go = os.pipe()
    children = []
    for _ in range(2):
        if (child := os.fork()) == 0:
            os.close(go)
            os.read(waiting, 1)
            os._exit(0)
        children.append((child, ending.watch_end(child)))
    (first, end), (second, other) = children
    poll = select.poll()
    poll.register(end, select.POLLIN)
    poll.register(other, select.POLLIN)
    assert poll.poll(0) == []
    os.kill(first, signal.SIGKILL)
    assert [descriptor for descriptor, _ in poll.poll(5000)] == [end]
    assert os.waitpid(first, 0) == (first, signal.SIGKILL)  # it was left to be reaped
    os.close(go)
    poll.unregister(end)
    assert [descriptor for descriptor, _ in poll.poll(5000)] == [other]
    os.waitpid(second, 0)
    for descriptor in (waiting, end, other):
        os.close(descriptor)
    assert ending._held == {}
