"""What is read of a control group, of either version, and of the processes there are."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cladogen.sandboxes.inside import confine, ending, usage

EVENTS = "low 0\nhigh 0\nmax 12\noom 2\noom_kill 2\noom_group_kill 0\n"
STAT = "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 0\n"


def write(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return str(root)


def test_version_2_counts_kills_and_microseconds(tmp_path: Path) -> None:
    root = write(tmp_path, {"memory.events": EVENTS, "cpu.stat": STAT})
    counters = usage.Counters(confine.cgroup(root))
    assert counters.cgroup is not None
    assert counters.kills() == 2
    assert counters.cpu_s(os.getpid()) == 2.5


def test_version_1_counts_kills_and_nanoseconds(tmp_path: Path) -> None:
    control = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"
    root = write(
        tmp_path, {"memory/memory.oom_control": control, "cpuacct/cpuacct.usage": "1500000000\n"}
    )
    counters = usage.Counters(confine.cgroup(root))
    assert (counters.kills(), counters.cpu_s(os.getpid())) == (3, 1.5)


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
            "cpuacct/cpuacct.usage": "1",
        },  # a kernel that counts no kills
    ],
)
def test_a_group_that_does_not_count_both_is_not_relied_upon(
    tmp_path: Path, files: dict[str, str]
) -> None:
    counters = usage.Counters(confine.cgroup(write(tmp_path, files)))
    assert counters.cgroup is None
    assert counters.kills() == 0
    assert 0 < counters.cpu_s(os.getpid()) < 10_000  # of the processes there are


def test_a_process_that_ended_still_says_what_it_used() -> None:
    child = os.fork()
    if child == 0:
        held = b"x" * (200 << 20)
        os.kill(os.getpid(), signal.SIGKILL if held else 0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    used = usage.ended(child)
    assert used is not None
    assert used.cpu_s > 0
    assert used.peak_mb > 200
    assert os.waitpid(child, 0) == (child, signal.SIGKILL)  # it was left to be reaped


def test_a_process_that_may_not_be_read_is_no_failure() -> None:
    assert usage.proportional_mb(1 << 30) is None
    assert usage.shared_mb(1 << 30) == 0.0


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
