"""The local sandbox keeps the contract."""

import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cladogen.evaluation import Status
from cladogen.sandboxes import local
from cladogen.sandboxes.base import Sandbox
from cladogen.sandboxes.contract import LIMITS, SandboxContract, job, value
from cladogen.sandboxes.control_group import Groups
from cladogen.sandboxes.inside import folders
from cladogen.sandboxes.inside.processes import descendants
from cladogen.sandboxes.local import Local


class TestLocal(SandboxContract):
    @pytest.fixture
    def make(self) -> Sandbox:
        return Local(limits=LIMITS)


async def test_a_candidate_that_is_killed_while_it_waits_for_a_program_is_no_crash_of_that() -> (
    None
):
    """Candidates of other runs on the machine have the same user, and may signal it."""
    sandbox = Local(limits=LIMITS)
    try:
        before = set(descendants())
        await sandbox.start(1)
        mine = sorted(set(descendants()) - before)
        (waiting,) = [pid for pid in mine if not list(descendants(pid))]
        end = os.pidfd_open(waiting)
        os.kill(waiting, signal.SIGKILL)
        select.select([end], [], [])
        os.close(end)
        (execution,) = await sandbox.run(job("def run(x):\n    return x", 3))
        assert value(execution) == 3
    finally:
        await sandbox.close()


def test_folders_deeper_than_any_path_are_removed(tmp_path: Path) -> None:
    top = tmp_path / "scratch"
    top.mkdir()
    below = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("folder", dir_fd=below)
        above, below = below, os.open("folder", os.O_RDONLY, dir_fd=below)
        os.close(above)
    os.fchmod(below, 0)
    os.close(below)
    folders.remove(str(top))
    assert not top.exists()


def test_a_scratch_folder_of_a_live_run_in_another_pid_namespace_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner's number is nobody's here, as where a container or a CI step shares the folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    nobody = 1 << 22
    waiting, go = os.pipe()
    told, tell = os.pipe()
    if (owner := os.fork()) == 0:
        os.write(tell, folders.make_held(f"cladogen-local-{nobody}-").encode())
        os.read(waiting, 1)
        os._exit(0)
    folder = Path(os.read(told, 4096).decode())
    local._sweep()
    assert folder.is_dir()
    os.write(go, b"x")
    os.waitpid(owner, 0)
    local._sweep()
    assert not folder.exists()
    for descriptor in (waiting, go, told, tell):
        os.close(descriptor)


SEGMENT = """
import ctypes, time
def run(count):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    for _ in range(count):
        number = libc.shmget(0, ctypes.c_size_t(40 << 20), 0o1600)
        place = libc.shmat(number, None, 0)
        ctypes.memset(place, 1, 40 << 20)
        libc.shmdt(ctypes.c_void_p(place))
    time.sleep(20 * (count > 1))
    return number
"""


async def test_system_v_memory_counts_where_no_group_does_and_goes_with_its_program() -> None:
    sandbox = Local(limits=LIMITS, groups=Groups())
    try:
        await sandbox.start(1)
        (small,) = await sandbox.run(job(SEGMENT, 1))
        (large,) = await sandbox.run(job(SEGMENT, 10))
        await sandbox.run(job("def run(x):\n    return x", 3))
    finally:
        await sandbox.close()
    assert large.status is Status.OUT_OF_MEMORY
    assert value(small) not in {int(line.split()[1]) for line in segments()}


MAPPED = """
import ctypes, os
from cladogen.sandboxes.inside import unmapped
size = 8 << 20
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
number = libc.shmget(0, ctypes.c_size_t(size), 0o1600)
place = libc.shmat(number, None, 0)
ctypes.memset(place, 1, size)
mapped_mb = unmapped.mb([os.getpid()], [os.getpid()])
libc.shmdt(ctypes.c_void_p(place))
print(mapped_mb, unmapped.mb([os.getpid()], [os.getpid()]))
libc.shmctl(number, 0, None)
"""


def test_system_v_memory_that_is_mapped_is_not_counted_beside_the_address_space() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MAPPED], capture_output=True, text=True, check=True, timeout=60
    )
    mapped_mb, alone_mb = map(float, done.stdout.split())
    assert mapped_mb < 1
    assert alone_mb > 7


def segments() -> list[str]:
    return Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
