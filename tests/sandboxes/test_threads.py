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


async def test_words_of_a_service_that_goes_on_are_told_once():
    """Else each fork that ends later would be said to have ended for what the first one said."""
    code = 'import sys; print("can\'t start new thread", file=sys.stderr, flush=True); input()'
    process = await start_process([sys.executable, "-c", code], {})
    words = [await process.last_words(2.0), await process.last_words(0.0)]
    assert "no more threads" in words[0] and words[1] == ""
    await process.end()
