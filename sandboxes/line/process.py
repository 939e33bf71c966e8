"""Processes of ours on the host: started in a session of their own with a clean environment, ended
for certain.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cladogen.errors import NO_MORE_THREADS, SandboxError, is_of_threads, tell_of_threads
from cladogen.sandboxes.inside.command import in_words
from cladogen.sandboxes.inside.processes import descendants

_THREADS = (  # what numeric libraries and languages take for the number of threads
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "JULIA_NUM_THREADS",
    "GOMAXPROCS",
)
_LINE = 1 << 20


def python_environment(cpus: float) -> dict[str, str]:
    """Return the whole environment of a candidate: nothing of the host's, no keys, one thread per
    CPU it may use.
    """
    threads = str(max(1, round(cpus)))
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(_THREADS, threads),
    }


@dataclass(eq=False)
class HostProcess:
    """A process with its pipes, and the last lines it wrote to standard error."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    errors: bytearray = field(default_factory=bytearray)
    draining: asyncio.Task[None] | None = None

    async def end(self, grace_s: float = 2.0) -> None:
        """Close the line, so that the process cleans up and ends by itself; kill its session when
        it does not.
        """
        self.writer.close()
        try:
            async with asyncio.timeout(grace_s):
                # A process blocked on a full pipe never reads the end of its input.
                while await self.reader.read(1 << 16):
                    continue
                await self.process.wait()
        except TimeoutError:
            self._kill()
            await self.process.wait()
        if self.draining is not None:
            await self.draining

    async def last_words(self, within_s: float = 1.0) -> str:
        """Return the last line of standard error, once it ends or ``within_s`` are over; where the
        machine gave it no thread, that, whatever came of it. What a process that goes on has said
        is told once: it was of one fork, and is not of the next.
        """
        if self.draining is not None:
            await asyncio.wait([self.draining], timeout=within_s)
        text = self.errors.decode("utf-8", "replace").strip()
        if self.draining is not None and not self.draining.done():
            self.errors.clear()
        return NO_MORE_THREADS if tell_of_threads(text) else text.rpartition("\n")[2]

    async def ending(self) -> str:
        """Return how the process ended, which it has, and its last words."""
        words = await self.last_words()
        try:
            async with asyncio.timeout(1.0):
                code = await self.process.wait()
        except TimeoutError:
            return words
        return "; ".join([in_words(code), *([words] if words else [])])

    def _kill(self) -> None:
        # The innermost first: process 1 of a pid namespace takes everything in it along.
        for pid in [*reversed(list(descendants(self.process.pid))), self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


async def start_process(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    folder: str = "/",
    pass_fds: tuple[int, ...] = (),
) -> HostProcess:
    """Start ``command`` with pipes; raises SandboxError when it cannot be started."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            limit=_LINE,
            pass_fds=pass_fds,
        )
    except OSError as error:
        raise SandboxError(f"{command[0]} cannot be started: {error.strerror}") from None
    except RuntimeError as error:
        if not is_of_threads(error):
            raise
        raise SandboxError(f"{command[0]} cannot be started: {NO_MORE_THREADS}") from None
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    started = HostProcess(process, process.stdout, process.stdin)
    started.draining = asyncio.create_task(_drain(process.stderr, started.errors))
    return started


async def _drain(stream: asyncio.StreamReader, kept: bytearray) -> None:
    while part := await stream.read(1 << 14):
        kept += part
        del kept[:-8192]
