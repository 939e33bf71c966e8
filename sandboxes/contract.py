"""What every sandbox must do, as tests. A new sandbox passes this class: ``class
TestMine(SandboxContract): ...``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from cladogen.errors import SandboxError
from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox, Service

LIMITS = Limits(time_s=5.0, memory_mb=300, files_mb=32, processes=40, output_mb=2)


def job(source: str, *inputs: Any, limits: Limits = LIMITS, **options: Any) -> Job:
    """Return a job that calls ``run`` of one Python file with each input."""
    files = {"main.py": File(source.encode()), **options.pop("files", {})}
    calls = options.pop(
        "calls", tuple(Call(wire.encode(value), seed=7) for value in inputs or (None,))
    )
    return Job(files, options.pop("entry", "main.py:run"), calls, limits, **options)


def value(execution: Execution) -> Any:
    """Return the decoded output of an execution that must have one."""
    assert execution.status is Status.OK, (execution.status, execution.detail, execution.log)
    assert execution.output is not None
    return wire.decode(execution.output)


class SandboxContract:
    """Subclasses give a fixture ``make`` that returns a sandbox, not yet started."""

    @pytest.fixture
    async def sandbox(self, make: Sandbox) -> AsyncIterator[Sandbox]:
        try:
            await make.start(1)
            yield make
        finally:
            await make.close()

    async def test_returns_what_the_function_returns(self, sandbox: Sandbox) -> None:
        source = "def run(x):\n    return {'twice': [2 * n for n in x], 'text': 'ü'}"
        (execution,) = await sandbox.run(job(source, [1, 2.5]))
        assert value(execution) == {"twice": [2, 5.0], "text": "ü"}
        assert execution.usage.wall_s > 0
        assert execution.usage.output_bytes == len(execution.output or b"")

    async def test_takes_and_returns_arrays(self, sandbox: Sandbox) -> None:
        source = (
            "import numpy as np\ndef run(x):\n    return {'a': x['a'] * 2, 'b': np.float64(0.1)}"
        )
        (execution,) = await sandbox.run(job(source, {"a": np.arange(6.0).reshape(2, 3)}))
        found = value(execution)
        assert found["b"] == 0.1
        assert (found["a"] == np.arange(6.0).reshape(2, 3) * 2).all()

    async def test_modules_of_the_program_can_be_imported(self, sandbox: Sandbox) -> None:
        files = {
            "parts/__init__.py": File(b""),
            "parts/inner.py": File(b"def f(x):\n    return x + 1"),
        }
        source = (
            "from parts.inner import f\ndef run(x):\n    return [f(x), open('notes.txt').read()]"
        )
        (execution,) = await sandbox.run(
            job(source, 1, files={**files, "notes.txt": File(b"here")})
        )
        assert value(execution) == [2, "here"]

    async def test_many_calls_load_the_program_once(self, sandbox: Sandbox) -> None:
        source = "count = 0\ndef run(x):\n    global count\n    count += 1\n    return [x, count]"
        executions = await sandbox.run(job(source, *range(64)))
        assert list(map(value, executions)) == [[k, k + 1] for k in range(64)]

    async def test_each_call_is_heard_when_it_is_over(self, sandbox: Sandbox) -> None:
        heard: list[int] = []
        made = job("def run(value):\n    return value\n", 1, 2, 3, heard=lambda: heard.append(1))
        await sandbox.run(made)
        assert len(heard) == 3

    async def test_calls_after_a_crash_continue_in_a_new_child(self, sandbox: Sandbox) -> None:
        source = (
            "import os\n"
            "count = 0\n"
            "def run(x):\n"
            "    global count\n"
            "    count += 1\n"
            "    if x == 1: os._exit(0)\n"
            "    return count\n"
        )
        executions = await sandbox.run(job(source, 0, 1, 2, 3))
        assert [execution.status for execution in executions] == [
            Status.OK, Status.CRASH, Status.OK, Status.OK,
        ]  # fmt: skip
        assert value(executions[3]) == 2

    async def test_overlays_replace_files_for_one_call(self, sandbox: Sandbox) -> None:
        source = "from knobs import K\ndef run(x):\n    return K"
        calls = tuple(
            Call(b"null", overlay={"knobs.py": f"K = {k}".encode()} if k else {})
            for k in (0, 1, 2, 0)
        )
        executions = await sandbox.run(job(source, files={"knobs.py": File(b"K = 0")}, calls=calls))
        assert list(map(value, executions)) == [0, 1, 2, 0]

    async def test_random_numbers_follow_the_seed(self, sandbox: Sandbox) -> None:
        source = (
            "import random, numpy as np\ndef run(x):\n    return [random.random(), "
            "float(np.random.rand())]"
        )
        calls = tuple(Call(b"null", seed=seed) for seed in (1, 2, 1))
        first, second, third = list(map(value, await sandbox.run(job(source, calls=calls))))
        assert first == third
        assert first != second

    async def test_a_command_reads_json_and_writes_json(self, sandbox: Sandbox) -> None:
        source = "import json, sys\nprint(json.dumps([json.load(sys.stdin), sys.argv[1]]))"
        executions = await sandbox.run(job(source, {"a": 1}, 2, entry=("python3", "main.py", "x")))
        assert list(map(value, executions)) == [[{"a": 1}, "x"], [2, "x"]]

    async def test_a_command_finds_the_same_packages(self, sandbox: Sandbox) -> None:
        source = "import json, numpy\nprint(json.dumps(float(numpy.arange(4).sum())))"
        (execution,) = await sandbox.run(job(source, entry=("python3", "main.py")))
        assert value(execution) == 6.0

    async def test_a_command_that_fails_is_a_crash_with_its_log(self, sandbox: Sandbox) -> None:
        source = "import sys\nprint('why it failed', file=sys.stderr)\nsys.exit(3)"
        (execution,) = await sandbox.run(job(source, entry=("python3", "main.py")))
        assert execution.status is Status.CRASH
        assert "status 3" in execution.detail
        assert "why it failed" in execution.log

    async def test_a_build_is_made_once_for_a_program(self, sandbox: Sandbox) -> None:
        source = "import os\nopen('built.txt', 'w').write(str(os.urandom(8).hex()))"
        show = ("python3", "-c", "print('\"%s\"' % open('built.txt').read())")
        work = job(source, entry=show, build=("python3", "main.py"), program="one")
        (one,) = await sandbox.run(work)
        (two,) = await sandbox.run(work)
        assert value(one) == value(two)

    async def test_a_build_that_fails_says_so(self, sandbox: Sandbox) -> None:
        source = "import sys\nsys.exit('no such thing')"
        executions = await sandbox.run(
            job(source, 1, 2, build=("python3", "main.py"), program="bad")
        )
        assert [execution.status for execution in executions] == [Status.CRASH, Status.CRASH]
        assert "build failed" in executions[0].detail
        assert "no such thing" in executions[0].log

    async def test_a_tree_job_returns_the_working_copy(self, sandbox: Sandbox) -> None:
        source = "import os\nopen('new.txt', 'w').write('n')\nos.remove('old.txt')"
        files = {"old.txt": File(b"o"), "run.sh": File(b"#!/bin/sh\n", executable=True)}
        (execution,) = await sandbox.run(
            job(source, files=files, entry=("python3", "main.py"), tree=True)
        )
        assert execution.status is Status.OK, execution
        assert execution.files == {
            "main.py": File(source.encode()),
            "new.txt": File(b"n"),
            "run.sh": File(b"#!/bin/sh\n", executable=True),
        }

    async def test_a_link_in_the_working_copy_is_refused(self, sandbox: Sandbox) -> None:
        source = "import os\nos.symlink('/etc/passwd', 'out')"
        (execution,) = await sandbox.run(job(source, entry=("python3", "main.py"), tree=True))
        assert execution.status is Status.INVALID
        assert "link" in execution.detail

    async def test_an_exception_is_a_crash_that_names_the_line(self, sandbox: Sandbox) -> None:
        source = "def run(x):\n    print('before')\n    raise ValueError('no good')"
        (execution,) = await sandbox.run(job(source))
        assert execution.status is Status.CRASH
        assert execution.detail == "ValueError: no good (main.py:3)"
        assert "before" in execution.log
        assert execution.output is None

    async def test_an_endless_loop_is_a_timeout(self, sandbox: Sandbox) -> None:
        source = "def run(x):\n    while True: pass"
        (execution,) = await sandbox.run(job(source, limits=Limits(time_s=0.3)))
        assert execution.status is Status.TIMEOUT

    async def test_too_much_memory_is_out_of_memory(self, sandbox: Sandbox) -> None:
        source = "def run(x):\n    return len(b'x' * (600 << 20))"
        (execution,) = await sandbox.run(job(source))
        assert execution.status is Status.OUT_OF_MEMORY, execution

    async def test_a_segmentation_fault_is_a_crash_with_its_signal(self, sandbox: Sandbox) -> None:
        source = "import ctypes\ndef run(x):\n    ctypes.string_at(0)"
        (execution,) = await sandbox.run(job(source))
        assert execution.status is Status.CRASH
        assert "SIGSEGV" in execution.detail

    async def test_a_huge_output_is_invalid(self, sandbox: Sandbox) -> None:
        source = "def run(x):\n    return 'x' * (3 << 20)"
        (execution,) = await sandbox.run(job(source))
        assert execution.status is Status.INVALID
        assert "limit is 2" in execution.detail

    async def test_not_a_number_is_invalid(self, sandbox: Sandbox) -> None:
        (execution,) = await sandbox.run(job("def run(x):\n    return [float('nan')]"))
        assert execution.status is Status.INVALID

    async def test_a_long_log_keeps_its_head_and_tail(self, sandbox: Sandbox) -> None:
        source = (
            "def run(x):\n    print('first')\n    print('x' * 100000)\n    print('last')\n   "
            " return 1"
        )
        (execution,) = await sandbox.run(job(source))
        assert execution.log.startswith("first")
        assert (
            "last" in execution.log.splitlines()[-2:]
        )  # where there is a network, a line on it follows
        assert "left out" in execution.log

    async def test_nothing_of_one_job_is_left_for_the_next(self, sandbox: Sandbox) -> None:
        leave = (
            "import os, pathlib\n"
            "def run(x):\n"
            "    for folder in ('/dev/shm', os.environ['TMPDIR'], os.environ['HOME'], '.'):\n"
            "        (pathlib.Path(folder) / 'left-behind').write_text('x')\n"
            "    os.environ['LEFT'] = 'x'\n"
        )
        look = (
            "import os, pathlib\n"
            "def run(x):\n"
            "    folders = (os.environ['TMPDIR'], os.environ['HOME'], '.')\n"
            "    found = [f for f in folders if (pathlib.Path(f) / 'left-behind').exists()]\n"
            "    return found + [key for key in os.environ if key == 'LEFT']"
        )
        await sandbox.run(
            job(leave.replace("'/dev/shm', ", "") if sandbox.name == "local" else leave)
        )
        (execution,) = await sandbox.run(job(look))
        assert value(execution) == []

    @pytest.mark.parametrize("fresh", [False, True])
    async def test_a_job_that_is_given_up_leaves_no_answer_for_the_next(
        self, sandbox: Sandbox, fresh: bool
    ) -> None:
        slow = "import time\ndef run(x):\n    time.sleep(0.3)\n    return 'given up'"
        for delay in (0.0, 0.05, 0.2, 0.3, 0.35):
            given_up = asyncio.create_task(sandbox.run(job(slow, 1, 2)))
            await asyncio.wait([given_up], timeout=delay)
            given_up.cancel()
            await asyncio.gather(given_up, return_exceptions=True)
            (execution,) = await sandbox.run(job("def run(x):\n    return x", delay, fresh=fresh))
            assert value(execution) == delay

    async def test_the_environment_holds_nothing_of_the_host(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_API_KEY", "sk-hidden")
        (execution,) = await sandbox.run(
            job("import os\ndef run(x):\n    return sorted(os.environ)", fresh=True)
        )
        assert "SECRET_API_KEY" not in value(execution)

    async def test_a_daemon_does_not_keep_a_job_from_ending(self, sandbox: Sandbox) -> None:
        source = (
            "import os, time\n"
            "def run(x):\n"
            "    if os.fork() == 0:\n"
            "        os.setsid()\n"
            "        if os.fork(): os._exit(0)\n"
            "        time.sleep(1000)\n"
            "    return 'done'"
        )
        (execution,) = await sandbox.run(job(source))
        assert value(execution) == "done"

    async def test_two_jobs_at_once_on_one_slot_take_turns(self, sandbox: Sandbox) -> None:
        source = "def run(x):\n    return x"
        both = await asyncio.gather(sandbox.run(job(source, 1)), sandbox.run(job(source, 2)))
        assert [value(execution) for (execution,) in both] == [1, 2]

    async def test_a_service_answers_frame_by_frame(self, sandbox: Sandbox) -> None:
        channel = await sandbox.serve(Service("cladogen.sandboxes.echo"))
        try:
            assert await channel.request(b"one", 20.0) == b"one"
            assert await channel.request(b"2" * 1_000_000, 20.0) == b"2" * 1_000_000
        finally:
            await channel.close()

    async def test_a_service_that_does_not_answer_is_an_error_at_its_deadline(
        self, sandbox: Sandbox
    ) -> None:
        channel = await sandbox.serve(Service("cladogen.sandboxes.echo", ("--silent",)))
        with pytest.raises(SandboxError, match=r"did not answer within 0\.2 s"):
            await channel.request(b"one", 0.2)
        with pytest.raises(SandboxError):
            await channel.request(b"two", 0.2)
