"""A signal does in every sandbox what it does outside: it ends the program, unless the program has
a handler for it, and it ends nothing else.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox
from cladogen.sandboxes.choose import Wanted, make

LIMITS = Limits(time_s=5.0, memory_mb=192, files_mb=16, output_mb=1, processes=32)
SANDBOXES = [
    "local",
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param(
        "bubblewrap",
        marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap"),
    ),
]
HEAD = "import ctypes, os, signal, subprocess, threading, time\ndef run(x):\n"
ENDS = {
    "os.kill(os.getpid(), signal.SIGKILL)": "SIGKILL",
    "os.kill(os.getpid(), signal.SIGTERM)": "SIGTERM",
    "os.kill(os.getpid(), signal.SIGINT)": "SIGINT",
    "os.kill(0, signal.SIGKILL)": "SIGKILL",
    "os.killpg(os.getpgrp(), signal.SIGTERM)": "SIGTERM",
    "signal.raise_signal(signal.SIGUSR1)": "SIGUSR1",
    "signal.pthread_kill(threading.get_ident(), signal.SIGKILL)": "SIGKILL",
    "signal.alarm(1); time.sleep(4)": "SIGALRM",
    "subprocess.run(['/bin/sh', '-c', 'kill -9 $PPID']); time.sleep(4)": "SIGKILL",
    "subprocess.run(['/bin/sh', '-c', 'kill -9 0']); time.sleep(4)": "SIGKILL",
    "os.fork() or os.kill(os.getppid(), signal.SIGTERM); time.sleep(4)": "SIGTERM",
    "os.abort()": "SIGABRT",
    "ctypes.string_at(0)": "SIGSEGV",
}
GOES_ON = {
    "a, b = os.pipe(); os.close(a)\n"
    "    try: os.write(b, b'x')\n"
    "    except BrokenPipeError: return 4": b"4",
    "return subprocess.run(['/bin/sh', '-c', 'kill -PIPE $$']).returncode": b"-13",
    "signal.signal(15, lambda *_: None); os.kill(os.getpid(), 15); return 1": b"1",
    "signal.signal(15, signal.SIG_IGN); os.kill(os.getpid(), 15); return 2": b"2",
    "os.kill(os.getpid(), 0); os.kill(os.getpid(), signal.SIGCHLD); return 3": b"3",
    "p = subprocess.Popen(['/bin/sleep', '9']); p.terminate(); return p.wait()": b"-15",
    "s = ['/bin/sh', '-c', 'kill -9 0']\n"
    "    return subprocess.run(s, start_new_session=True).returncode": b"-9",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SANDBOXES)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    made = make(request.param, Wanted(limits=LIMITS))
    await made.start(1)
    yield made
    await made.close()


async def run(sandbox: Sandbox, body: str) -> Execution:
    source = f"{HEAD}    {body}\n".encode()
    job = Job({"main.py": File(source)}, "main.py:run", (Call(b"null"),), LIMITS)
    return (await sandbox.run(job))[0]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("body", ENDS)
async def test_a_program_that_signals_itself_or_its_group_crashes_everywhere(
    sandbox: Sandbox, body: str
) -> None:
    execution = await run(sandbox, body)
    assert execution.status is Status.CRASH
    assert execution.detail.startswith("ended by signal ")
    assert f"({ENDS[body]})" in execution.detail


@pytest.mark.asyncio(loop_scope="module")
async def test_a_program_that_stops_itself_runs_out_of_time_everywhere(sandbox: Sandbox) -> None:
    execution = await run(sandbox, "os.kill(os.getpid(), signal.SIGSTOP)")
    assert execution.status is Status.TIMEOUT


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("body", GOES_ON)
async def test_a_signal_that_is_handled_or_meant_for_another_ends_nothing(
    sandbox: Sandbox, body: str
) -> None:
    execution = await run(sandbox, body)
    assert (execution.status, execution.output) == (Status.OK, GOES_ON[body])
