"""Control groups outside Docker: where they are made, what is written, and that nothing of them stays."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes import control_group
from cladogen.sandboxes.base import Call, Job, Limits
from cladogen.sandboxes.control_group import Base, ControlGroup, Groups, Scope, described
from cladogen.sandboxes.local import Local

LIMITS = Limits(memory_mb=200, processes=20)


def tree(root: Path, folders: dict[str, dict[str, str]]) -> Path:
    for folder, files in folders.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (root / folder / name).write_text(text)
    return root


def test_a_delegated_part_of_version_2_is_found_above_the_own_group(tmp_path: Path) -> None:
    handed = {"cgroup.subtree_control": "cpu memory pids\n"}
    root = tree(tmp_path, {"": {}, "user": {}, "user/app": handed, "user/app/own": {}})
    (base, *_) = control_group._version_2(root, "0::/user/app/own\n")
    assert base == Base(2, {"": root / "user" / "app"})


def test_a_part_that_hands_no_memory_down_is_of_no_use(tmp_path: Path) -> None:
    root = tree(tmp_path, {"user/own": {"cgroup.subtree_control": "cpu pids\n"}})
    assert list(control_group._version_2(root, "0::/user/own\n")) == []


def test_memory_without_swap_and_processes_are_bounded_in_both_versions() -> None:
    memory = str((200 + 64) << 20)
    two = {"memory.max": memory, "memory.swap.max": "0", "pids.max": "28"}
    assert control_group._wanted(2, LIMITS) == two
    one = control_group._wanted(1, LIMITS)
    assert one["memory/memory.limit_in_bytes"] == memory
    assert one["pids/pids.max"] == "28"


def test_groups_of_dead_engines_are_removed_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    names = ("cladogen-1-0-dead", f"cladogen-{os.getpid()}-1-held")
    root = tree(tmp_path, {name: {} for name in names})
    lock = control_group._locked(root / names[1])
    control_group.sweep(Base(2, {"": root}))
    assert [path.name for path in root.iterdir()] == [names[1]]
    os.close(lock)


def test_a_scope_is_asked_for_with_every_bound_and_its_counters_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service manager that is played: it keeps what it was asked, and runs the command."""
    (tmp_path / "systemd-run").write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n'
        'while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'
    )
    (tmp_path / "systemd-run").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(control_group, "_SCOPED", (str(tmp_path / "systemd-run"), "--user"))
    assert Scope.works() is (control_group.ROOT / "memory.events").exists()
    asked = (tmp_path / "asked").read_text()
    assert "MemoryMax=" in asked
    assert "MemorySwapMax=0" in asked
    assert "TasksMax=" in asked


def test_the_header_says_what_bounds_and_counts() -> None:
    assert "a control group" in described("group", True)
    assert "no control group" in described("kernel", False)
    assert "CPU time added up" in described("sum", False)
    assert "memory added up over the processes and what their descriptors hold" in described(
        "", False
    )


@pytest.mark.skipif(not Groups.find(), reason="this user may make no control group here")
async def test_a_run_leaves_no_control_group_behind() -> None:
    groups = Groups.find()
    if groups.base is None:
        pytest.skip("the service manager removes its own")
    sandbox = Local(limits=LIMITS, groups=groups)
    made: list[str] = []
    await sandbox.start(1)
    try:
        source = b"def run(x):\n    return open('/proc/self/cgroup').read()"
        job = Job({"main.py": File(source)}, "main.py:run", (Call(b"0"),), LIMITS)
        (execution,) = await sandbox.run(job)
        assert execution.status is Status.OK
        made = [
            word for word in (execution.output or b"").decode().split("/") if "cladogen-" in word
        ]
        assert made
    finally:
        await sandbox.close()
    left = [path.name for folder in groups.base.folders.values() for path in folder.iterdir()]
    assert not [name for name in left if name in {word.split("\\n")[0] for word in made}]


@pytest.mark.skipif(not Groups.find(), reason="this user may make no control group here")
def test_a_group_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Errno"):
        ControlGroup.make(Base(1, {"memory": tmp_path, "cpuacct": tmp_path / "not there"}), LIMITS)
    assert list(tmp_path.iterdir()) == []
