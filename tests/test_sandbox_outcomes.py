"""Every end has a type, says why in words a proposer can act on, and carries what was used."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox
from cladogen.sandboxes.bubblewrap import Bubblewrap
from cladogen.sandboxes.choose import Wanted, make

LIMITS = Limits(time_s=2.0, memory_mb=192, files_mb=16, output_mb=1, processes=32)
CONTAINED = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap", marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap")),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=CONTAINED)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    made = make(request.param, Wanted(limits=LIMITS, build=("g++",)))
    await made.start(1)
    yield made
    await made.close()


async def run(sandbox: Sandbox, source: str, limits: Limits = LIMITS) -> Execution:
    (execution,) = await sandbox.run(Job({"main.py": File(source.encode())}, "main.py:run", (Call(b"null"),), limits))
    return execution


REFUSED = {
    "libc.ptrace(0, 0, 0, 0)": "ptrace (system call ",
    "libc.unshare(0x10000000)": "unshare (system call ",
    "libc.mount(b'a', b'/tmp', b'tmpfs', 0, 0)": "mount (system call ",
    "libc.prctl(22, 2, 0, 0, 0)": "prctl to load a filter (system call ",
    "libc.process_vm_readv(1, 0, 0, 0, 0, 0)": "process_vm_readv (system call ",
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("call", REFUSED)
async def test_a_refused_call_is_named(sandbox: Sandbox, call: str) -> None:
    execution = await run(sandbox, f"import ctypes\nlibc = ctypes.CDLL(None)\ndef run(x):\n    {call}\n    return 1")
    assert execution.status is Status.REFUSED
    assert execution.detail.startswith(f"called {REFUSED[call]}")
    assert "remove what makes it" in execution.detail
    assert execution.output is None


@pytest.mark.asyncio(loop_scope="module")
async def test_a_refused_call_of_a_grandchild_ends_the_candidate_at_once(sandbox: Sandbox) -> None:
    source = (
        "import ctypes, os, time\n"
        "def run(x):\n"
        "    if os.fork() == 0:\n"
        "        ctypes.CDLL(None).ptrace(0, 0, 0, 0)\n"
        "    time.sleep(60)\n"
    )
    execution = await run(sandbox, source)
    assert execution.status is Status.REFUSED
    assert "called ptrace" in execution.detail


@pytest.mark.asyncio(loop_scope="module")
async def test_a_refused_call_beside_an_answer_never_comes_back(sandbox: Sandbox) -> None:
    source = (
        "import ctypes, threading\n"
        "def run(x):\n"
        "    threading.Thread(target=lambda: ctypes.CDLL(None).ptrace(0, 0, 0, 0), daemon=True).start()\n"
        "    return 'x' * 900_000\n"
    )
    execution = await run(sandbox, source)
    assert execution.status in (Status.REFUSED, Status.OK)  # never a call that came back
    again = await run(sandbox, "def run(x):\n    return 1")
    assert again.output == b"1"


class OlderKernel(Bubblewrap):
    """As where a filter cannot tell anyone: the kernel does not take the form that tells."""

    def _settings(self, limits: Limits) -> dict[str, Any]:
        settings = super()._settings(limits)
        return {
            **settings,
            "filters": {name: {**forms, "tell": "00" * 8} for name, forms in settings["filters"].items()},
        }


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap")
async def test_where_the_kernel_cannot_tell_a_refused_call_ends_the_process_without_its_name() -> None:
    sandbox = OlderKernel(limits=LIMITS)
    await sandbox.start(1)
    try:
        execution = await run(sandbox, "import ctypes\ndef run(x):\n    ctypes.CDLL(None).ptrace(0, 0, 0, 0)")
    finally:
        await sandbox.close()
    assert execution.status is Status.REFUSED
    assert execution.detail.startswith("made a system call (its name is not known), which the sandbox does not allow")


@pytest.mark.asyncio(loop_scope="module")
async def test_abort_is_told_from_a_segmentation_fault_and_both_say_where(sandbox: Sandbox) -> None:
    aborted = await run(sandbox, "import os\ndef run(x):\n    os.abort()")
    assert (aborted.status, aborted.detail) == (Status.CRASH, "ended by signal 6 (SIGABRT)")
    assert 'main.py", line 3 in run' in aborted.log
    broken = await run(sandbox, "import ctypes\ndef run(x):\n    ctypes.string_at(0)")
    assert (broken.status, broken.detail) == (Status.CRASH, "ended by signal 11 (SIGSEGV)")
    assert 'main.py", line 3 in run' in broken.log


@pytest.mark.asyncio(loop_scope="module")
async def test_a_signal_to_itself_does_not_reach_process_1_of_its_namespace(sandbox: Sandbox) -> None:
    source = "import os, signal\ndef run(x):\n    os.kill(os.getpid(), signal.SIGTERM)\n    return os.getpid()"
    execution = await run(sandbox, source)
    assert execution.output == b"1"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_signal_to_a_process_it_started_works_as_anywhere(sandbox: Sandbox) -> None:
    source = (
        "import signal, subprocess\n"
        "def run(x):\n"
        "    process = subprocess.Popen(['sleep', '60'])\n"
        "    process.terminate()\n"
        "    return process.wait()\n"
    )
    execution = await run(sandbox, source)
    assert execution.output == b"-15"
