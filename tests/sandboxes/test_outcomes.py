"""Every end has a type, says why in words a proposer can act on, and carries what was used."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
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
    pytest.param(
        "bubblewrap",
        marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=CONTAINED)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    made = make(request.param, Wanted(limits=LIMITS, build=("g++",)))
    await made.start(1)
    yield made
    await made.close()


async def run(sandbox: Sandbox, source: str, limits: Limits = LIMITS) -> Execution:
    (execution,) = await sandbox.run(
        Job({"main.py": File(source.encode())}, "main.py:run", (Call(b"null"),), limits)
    )
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
    execution = await run(
        sandbox, f"import ctypes\nlibc = ctypes.CDLL(None)\ndef run(x):\n    {call}\n    return 1"
    )
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
            "filters": {
                name: {**forms, "tell": "00" * 8} for name, forms in settings["filters"].items()
            },
        }


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap")
async def test_where_the_kernel_cannot_tell_a_refused_call_ends_the_process_without_its_name() -> (
    None
):
    sandbox = OlderKernel(limits=LIMITS)
    await sandbox.start(1)
    try:
        execution = await run(
            sandbox, "import ctypes\ndef run(x):\n    ctypes.CDLL(None).ptrace(0, 0, 0, 0)"
        )
    finally:
        await sandbox.close()
    assert execution.status is Status.REFUSED
    assert execution.detail.startswith(
        "made a system call (its name is not known), which the sandbox does not allow"
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_abort_is_told_from_a_segmentation_fault_and_both_say_where(sandbox: Sandbox) -> None:
    aborted = await run(sandbox, "import os\ndef run(x):\n    os.abort()")
    assert (aborted.status, aborted.detail) == (Status.CRASH, "ended by signal 6 (SIGABRT)")
    assert 'main.py", line 3 in run' in aborted.log
    broken = await run(sandbox, "import ctypes\ndef run(x):\n    ctypes.string_at(0)")
    assert (broken.status, broken.detail) == (Status.CRASH, "ended by signal 11 (SIGSEGV)")
    assert 'main.py", line 3 in run' in broken.log


@pytest.mark.asyncio(loop_scope="module")
async def test_a_candidate_is_below_an_init_that_heeds_no_signal_of_its(sandbox: Sandbox) -> None:
    source = (
        "import os\n"
        "def run(x):\n"
        "    for number in (2, 6, 9, 11, 15, 19):\n"
        "        os.kill(1, number)\n"
        "    return [os.getpid(), os.getppid(), os.getpgrp()]"
    )
    execution = await run(sandbox, source)
    assert execution.output == b"[2,1,2]"


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


PYTHON = {
    "timeout": ("while True: pass", Status.TIMEOUT, "ran longer than 0.5 s"),
    "memory": ("return len(b'x' * (900 << 20))", Status.OUT_OF_MEMORY, "memory"),
    "signal": ("import ctypes; ctypes.string_at(0)", Status.CRASH, "ended by signal 11 (SIGSEGV)"),
    "refused": (
        "import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)",
        Status.REFUSED,
        "called ptrace (system call ",
    ),
    "large": ("return 'x' * (3 << 20)", Status.INVALID, "returned 3.0 MiB; the limit is 1"),
    "exception": ("raise ValueError('why')", Status.CRASH, "ValueError: why (main.py:"),
}
CPP = {
    "timeout": ("for (;;) sum += 1;", Status.TIMEOUT, "ran longer than 0.5 s"),
    "memory": (
        "for (;;) std::memset(std::malloc(8 << 20), 1, 8 << 20);",
        Status.OUT_OF_MEMORY,
        "memory",
    ),
    "signal": ("*(volatile int*)0 = 1;", Status.CRASH, "./main ended by signal 11 (SIGSEGV)"),
    "refused": ("ptrace(PTRACE_TRACEME, 0, 0, 0);", Status.REFUSED, "called ptrace (system call "),
    "large": (
        'for (int k = 0; k < 300000; k++) std::puts("12345678");',
        Status.INVALID,
        "wrote more than 1 MiB",
    ),
    "exit": ("return 3;", Status.CRASH, "./main ended with exit status 3"),
}
PYTHON_MAIN = """
import os
def run(x):
    os.write(2, b'first words' + b'.' * 20_000 + b'last words\\n')
    {body}
"""
CPP_MAIN = """
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/ptrace.h>
int main() {{
    volatile long sum = 0;
    std::fprintf(stderr, "first words%20000s\\n", "last words");
    {body}
}}
"""
SHORT = Limits(time_s=0.5, memory_mb=192, files_mb=16, output_mb=1, processes=32)


LONGER = replace(SHORT, time_s=5.0)  # for what a busy machine takes long to end


def limits_of(body: str) -> Limits:
    return SHORT if "sum += 1" in body or "while True" in body else LONGER


def python_job(body: str) -> Job:
    source = PYTHON_MAIN.format(body=body).encode()
    return Job({"main.py": File(source)}, "main.py:run", (Call(b"null"),), limits_of(body))


def command_job(body: str) -> Job:
    source = PYTHON_MAIN.format(body=body) + "\nimport json\nprint(json.dumps(run(0)))"
    return Job(
        {"main.py": File(source.encode())},
        ("python3", "main.py"),
        (Call(b"null"),),
        limits_of(body),
    )


def cpp_job(body: str) -> Job:
    build = ("g++", "-O1", "-o", "main", "main.cpp")
    source = CPP_MAIN.format(body=body).encode()
    return Job(
        {"main.cpp": File(source)},
        ("./main",),
        (Call(b"null"),),
        limits_of(body),
        build,
        program=body,
    )


CASES = [
    *(
        pytest.param(python_job(body), status, words, id=f"python-{name}")
        for name, (body, status, words) in PYTHON.items()
    ),
    *(
        pytest.param(cpp_job(body), status, words, id=f"cpp-{name}")
        for name, (body, status, words) in CPP.items()
    ),
    pytest.param(
        command_job(PYTHON["timeout"][0]), Status.TIMEOUT, "ran longer", id="command-timeout"
    ),
    pytest.param(
        command_job(PYTHON["refused"][0]), Status.REFUSED, "called ptrace", id="command-refused"
    ),
    pytest.param(command_job(PYTHON["signal"][0]), Status.CRASH, "(SIGSEGV)", id="command-signal"),
    pytest.param(
        command_job(PYTHON["large"][0]), Status.INVALID, "wrote more than 1 MiB", id="command-large"
    ),
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("job", "status", "words"), CASES)
async def test_every_end_is_typed_and_says_what_was_used(
    sandbox: Sandbox, job: Job, status: Status, words: str
) -> None:
    (execution,) = await sandbox.run(job)
    # By a control group.
    limited = getattr(sandbox, "info", {}).get("MemoryLimit") or getattr(sandbox, "groups", None)
    if not limited and status is Status.OUT_OF_MEMORY and isinstance(job.entry, tuple):
        status, words = (
            Status.CRASH,
            "",
        )  # a command that is given no more memory says so itself, if it looks
    assert execution.status is status, execution
    busy = words.startswith("ran longer") and "of CPU time" in execution.detail
    assert words in execution.detail or busy
    assert execution.output is None
    assert execution.log.startswith("first words")
    assert "bytes left out" in execution.log
    assert "last words" in execution.log[-1500:]
    used = execution.usage
    assert 0 < used.wall_s < 10
    assert used.cpu_s > 0
    assert 1 < used.peak_memory_mb < 400
    assert (used.output_bytes >= 1 << 20) == (status is Status.INVALID)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_traceback_holds_the_programs_own_frames_and_no_others(sandbox: Sandbox) -> None:
    inner = "import json\ndef load(text):\n    return json.loads(text)\n"
    source = (
        "from inner import load\n"
        "def run(x):\n"
        "    try:\n"
        "        load('{')\n"
        "    except ValueError as error:\n"
        "        raise RuntimeError('no data') from error\n"
    )
    files = {"main.py": File(source.encode()), "inner.py": File(inner.encode())}
    (execution,) = await sandbox.run(Job(files, "main.py:run", (Call(b"null"),), LIMITS))
    assert execution.detail == "RuntimeError: no data (main.py:6)"
    assert 'File "inner.py", line 3, in load' in execution.log
    assert 'File "main.py", line 6, in run' in execution.log
    assert "direct cause" in execution.log
    assert "cladogen" not in execution.log
    assert "json/decoder" not in execution.log


@pytest.mark.asyncio(loop_scope="module")
async def test_a_detail_says_who_called_even_when_standard_error_is_closed(
    sandbox: Sandbox,
) -> None:
    source = "import os\ndef inner(x):\n    raise ValueError('two\\nlines')\ndef run(x):\n    os.close(2)\n    inner(x)\n"
    execution = await run(sandbox, source)
    assert execution.detail == "ValueError: two lines (main.py:3, called at main.py:6)"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_deep_recursion_keeps_head_and_tail_of_its_frames(sandbox: Sandbox) -> None:
    source = (
        "def a(n):\n    return b(n)\ndef b(n):\n    return a(n)\ndef run(x):\n    return a(1)\n"
    )
    execution = await run(sandbox, source)
    assert execution.detail.startswith("RecursionError: maximum recursion depth exceeded (main.py:")
    assert len(execution.detail) < 300
    assert "line 6, in run" in execution.log
    assert execution.log.count("File") <= 30


@pytest.mark.asyncio(loop_scope="module")
async def test_a_syntax_error_names_its_line(sandbox: Sandbox) -> None:
    execution = await run(sandbox, "def run(x):\n    return = 1\n")
    assert execution.detail == "SyntaxError: invalid syntax (main.py:2)"


SHARED = """
import os, time
def run(x):
    held = b"x" * (80 << 20)
    workers = []
    for _ in range(5):
        worker = os.fork()
        if worker == 0:
            sum(held[::4096])
            time.sleep(0.4)
            os._exit(0)
        workers.append(worker)
    for worker in workers:
        os.waitpid(worker, 0)
    return 1
"""


@pytest.mark.asyncio(loop_scope="module")
async def test_what_workers_share_is_counted_once(sandbox: Sandbox) -> None:
    execution = await run(sandbox, SHARED)
    assert execution.status is Status.OK, (
        execution
    )  # six times 80 MiB are more than the limit; 80 are not
    assert 80 < execution.usage.peak_memory_mb < 140


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("entry", ["function", "command"])
async def test_memory_that_was_held_for_a_moment_is_in_the_peak(
    sandbox: Sandbox, entry: str
) -> None:
    source = "def run(x):\n    return len(b'x' * (100 << 20))\n"
    if entry == "function":
        execution = await run(sandbox, source)
    else:
        files = {"main.py": File((source + "print(run(0))").encode())}
        (execution,) = await sandbox.run(
            Job(files, ("python3", "main.py"), (Call(b"null"),), LIMITS)
        )
    assert execution.status is Status.OK, execution
    assert 100 < execution.usage.peak_memory_mb < 150


@pytest.mark.asyncio(loop_scope="module")
async def test_cpu_time_of_orphans_is_counted_in_full(sandbox: Sandbox) -> None:
    source = (
        "import os, time\n"
        "def burn():\n"
        "    while time.process_time() < 0.03: pass\n"
        "def run(x):\n"
        "    ends = []\n"
        "    for _ in range(10):\n"
        "        near, far = os.pipe()\n"
        "        if os.fork() == 0:\n"
        "            if os.fork() == 0:\n"
        "                burn()\n"
        "            os._exit(0)\n"
        "        os.close(far)\n"
        "        ends.append(near)\n"
        "    for end in ends: os.read(end, 1)  # until every holder has ended\n"
        "    return 1\n"
    )
    execution = await run(sandbox, source)
    assert execution.status is Status.OK, execution
    assert execution.usage.cpu_s > 0.29


@pytest.mark.asyncio(loop_scope="module")
async def test_a_write_to_a_read_only_folder_says_where_one_can_write(sandbox: Sandbox) -> None:
    execution = await run(sandbox, "def run(x):\n    open('/usr/mine', 'w')")
    assert execution.status is Status.CRASH
    assert "only the working folder and $TMPDIR can be written (main.py:2)" in execution.detail
