"""Run trials in parallel, each worker a process of its own, and hand over what they come to as it
arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import asdict
from typing import Any

from cladogen.bench.trial import BenchRun, Measured

GRACE_S = 60.0
LINE_BYTES = 1 << 26

OnMeasured = Callable[[BenchRun, Measured], None]


async def run_all(trials: Iterable[BenchRun], jobs: int, on_measured: OnMeasured) -> bool:
    """Run the trials in up to ``jobs`` processes; return whether all were run (False: an interrupt
    came first).
    """
    waiting = deque(trials)
    workers = [_work(waiting, on_measured) for _ in range(min(jobs, len(waiting)))]
    ends = await asyncio.gather(*workers)
    return all(ends)


async def _work(waiting: deque[BenchRun], on_measured: OnMeasured) -> bool:
    """Keep one process at work until nothing waits; a process that died fails its trial and is
    replaced.
    """
    while waiting:
        async with _process() as process:
            while waiting:
                trial = waiting.popleft()
                reply = await _ask(process, trial)
                if reply is None:
                    waiting.clear()
                    return False
                on_measured(trial, Measured.read(reply))
                if process.returncode is not None or reply.get("died"):
                    break
    return True


async def _ask(process: asyncio.subprocess.Process, trial: BenchRun) -> dict[str, Any] | None:
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(ConnectionError):
        process.stdin.write(json.dumps(asdict(trial)).encode() + b"\n")
        await process.stdin.drain()
    line = await process.stdout.readline()
    if line:
        return json.loads(line)  # type: ignore[no-any-return]
    code = await process.wait()
    # An interrupt from the keyboard reaches every process of the group; one that was idle just
    # ends.
    return (
        None if code == 130 else {"failed": f"its process died with exit code {code}", "died": True}
    )


@contextlib.asynccontextmanager
async def _process() -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "cladogen.bench.worker",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE_BYTES,
    )  # fmt: skip
    busy = True
    try:
        yield process
        busy = False
    finally:
        await _end(process, busy)


async def _end(process: asyncio.subprocess.Process, busy: bool) -> None:
    """End a process: its input closes, and if it is at work it is asked to stop, so that its run
    can be resumed.
    """
    assert process.stdin is not None
    process.stdin.close()
    if busy and process.returncode is None:
        process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), GRACE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
