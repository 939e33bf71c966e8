"""Calls of a written rule: from the archive's plain function call to a sandbox and back.

The sandbox is a thing of an event loop, and an archive's ``ask`` is none, so the sandbox has a loop
and a thread of its own. It starts with the first call; an archive that is only read starts nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from cladogen.errors import SandboxError
from cladogen.evaluation import Status
from cladogen.program import File, Program
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox
from cladogen.sandboxes.choose import open_sandbox

LIMITS = Limits(time_s=2.0, memory_mb=256, processes=8, files_mb=1, output_mb=1.0)
START_S, CLOSE_S = 600.0, 60.0
ENTRY = "cladogen_call.py:call"
CALL = b"from rule import choose\n\n\ndef call(given):\n    return choose(**given)\n"
WORDS, PLACE = 200, 80  # characters of why a rule failed; of its end, which says where
Opening = Callable[..., AbstractAsyncContextManager[Sandbox]]


class RuleError(Exception):
    """A rule gave no weights; ``own`` says that this is its own fault, and not the world's."""

    def __init__(self, why: str, *, own: bool = True) -> None:
        super().__init__(why)
        self.own = own


class RuleCalls:
    """Call the function ``choose`` of a text, in the sandbox called ``kind``, which ``opening``
    opens as `open_sandbox` does. A call has ``wait_s`` seconds, and so has opening.
    """

    def __init__(
        self,
        source: str,
        kind: str,
        *,
        opening: Opening = open_sandbox,
        wait_s: float = START_S,
    ) -> None:
        self._files = {"rule.py": File(source.encode()), "cladogen_call.py": File(CALL)}
        self._kind, self._opening, self._wait_s = kind, opening, wait_s
        self._stack = AsyncExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._sandbox: Sandbox | None = None

    def call(self, given: Mapping[str, Any]) -> object:
        """Return what the rule returned; raises RuleError, also where the sandbox has failed, and
        SandboxError where none can be opened.
        """
        if self._sandbox is None:
            self._sandbox = self._wait_for(self._open(), self._wait_s)
        program = Program.of(self._files)
        calls = (Call(wire.encode(dict(given))),)
        job = Job(program.files, ENTRY, calls, LIMITS, program=program.id)
        try:
            (done,) = self._wait_for(self._sandbox.run(job), self._wait_s)
        except SandboxError as away:
            raise RuleError(_words(str(away)), own=False) from None
        return _returned(done)

    def close(self) -> None:
        """End the sandbox and its thread, where there are any."""
        if self._loop is None or self._thread is None:
            return
        try:
            self._wait_for(self._stack.aclose(), CLOSE_S)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSE_S)
            self._loop.close()
            self._loop = self._thread = self._sandbox = None

    async def _open(self) -> Sandbox:
        opening = self._opening(self._kind, limits=LIMITS, run_id="rule", allow_local=False)
        return await self._stack.enter_async_context(opening)

    def _wait_for(self, work: Coroutine[Any, Any, Any], timeout_s: float) -> Any:
        """Return what comes of work on the loop; raises SandboxError, and ends the work, where
        nothing has come of it in time.
        """
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
        pending = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return pending.result(timeout_s)
        except TimeoutError:
            if pending.done():
                raise
            pending.cancel()
            raise SandboxError(
                f"the sandbox of the selection rule did not answer within {timeout_s:g} s"
            ) from None


def _returned(done: Execution) -> object:
    if done.status is Status.INFRA:
        raise RuleError(_words(done.detail), own=False)
    if done.output is None:
        raise RuleError(_words(f"{done.status.value}: {done.detail}"))
    try:
        return wire.decode(done.output)
    except (ValueError, RecursionError) as error:
        raise RuleError(_words(f"it returned no list of numbers: {error}")) from None


def _words(text: str) -> str:
    """Return a text of the rule's as one short line that cannot steer a terminal."""
    line = " ".join(text[: 20 * WORDS].split())
    shown = "".join(each for each in line if each.isprintable())
    if len(shown) <= WORDS:
        return shown
    return f"{shown[: WORDS - PLACE]} ... {shown[-PLACE:]}"
