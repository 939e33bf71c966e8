"""A machine that gives no more threads: a sandbox that cannot be started, and no defect."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cladogen.errors import WorldAway
from cladogen.sandboxes.base import Service
from cladogen.sandboxes.line.process import start_process
from cladogen.sandboxes.line.service import process_line

# A thread needs its stack as address space; a limit on that holds for root, too.
NO_ROOM = f"""
import asyncio, resource, threading
from cladogen.errors import SandboxError
from cladogen.sandboxes.line.process import start_process
threading.stack_size(1 << 30)
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, resource.RLIM_INFINITY))
try:
    asyncio.run(start_process([{sys.executable!r}, "-c", ""], {{}}))
except SandboxError as error:
    print(error)
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python watches without a thread there")
def test_process_whose_watcher_gets_no_thread_is_said_in_words():
    done = subprocess.run(
        [sys.executable, "-c", NO_ROOM], capture_output=True, text=True, check=False
    )
    assert "no more threads or processes can be started here" in done.stdout


@pytest.mark.parametrize(
    "said",
    [
        "RuntimeError: can't start new thread",
        "OpenBLAS: pthread_create failed: Resource temporarily unavailable\nKeyboardInterrupt",
    ],
)
async def test_service_that_gets_no_thread_is_not_to_blame(said):
    ends = f"import sys; sys.stdin.buffer.read(16); sys.exit({said!r})"
    process = await start_process([sys.executable, "-c", ends], {})
    line = process_line(Service("the.scorer"), process)
    with pytest.raises(WorldAway, match="cannot work: no more threads or processes can be started"):
        await line.request(b"x", 20.0)
    await line.close()
