"""The engine's end of a line to one supervisor: jobs down, executions up, each reply under a
deadline and a nonce.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from cladogen.errors import ProblemError, SandboxError
from cladogen.evaluation import Status, Usage
from cladogen.program import File, check_paths
from cladogen.sandboxes.base import Call, Execution, Job, Limits
from cladogen.sandboxes.inside import failure, line, packing
from cladogen.sandboxes.line.bundle import bundle

STATUSES = (
    Status.OK,
    Status.INVALID,
    Status.CRASH,
    Status.TIMEOUT,
    Status.OUT_OF_MEMORY,
    Status.REFUSED,
    Status.INFRA,
)
_GRACE_S = 30.0  # what a supervisor may take beyond the limits it enforces itself
_START_S = 60.0


class SupervisorGone(SandboxError):  # noqa: N818  (what happened)
    """The supervisor ended, or stopped answering (``late``), in the middle of a job."""

    def __init__(self, text: str, *, late: bool = False) -> None:
        super().__init__(text)
        self.late = late


class MemoryKills(Protocol):
    """How often the kernel has taken memory back by ending something in a sandbox, seen from
    outside. A count that is told late is waited for, a little, until it is more than ``known``.
    """

    async def __call__(self, known: int = -1) -> int: ...


async def _uncounted(known: int = -1) -> int:
    return 0


@dataclass(eq=False)
class Session:
    """A started supervisor. ``kill`` ends it with all that is inside, and never hangs."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    kill: Callable[[], Awaitable[None]]
    about: dict[str, Any] = field(default_factory=dict)
    limits: Limits = Limits()  # what it was started for
    served: int = 0  # jobs so far
    abnormal: bool = False  # some child had to be ended
    renewed: int = 0  # supervisors before this one
    news: Callable[[], Awaitable[str]] | None = (
        None  # what went over the network since the last call
    )
    listeners: tuple[socket.socket, ...] = ()  # where its job asks models
    memory_kills: MemoryKills = _uncounted

    async def hello(self, settings: dict[str, Any]) -> None:
        """Send the code that runs inside and read what it found there."""
        try:
            async with asyncio.timeout(_START_S):
                self.writer.write(bundle(settings))
                await self.writer.drain()
                kind, body = await self._frame(1 << 16)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            await self.kill()
            raise SandboxError(
                f"the supervisor inside the sandbox did not start: {_named(error)}"
            ) from None
        except asyncio.CancelledError:
            await self.kill()
            raise
        self.about = json.loads(body) if kind == line.HELLO else {}

    async def renew(self) -> None:
        """Have a supervisor take over that served nobody; SandboxError when none does."""
        try:
            async with asyncio.timeout(_START_S):
                self.writer.write(line.HEAD.pack(line.RENEW, 0))
                await self.writer.drain()
                kind, body = await self._frame(1 << 16)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            raise SandboxError(f"the supervisor cannot be renewed: {_named(error)}") from None
        if kind != line.HELLO:
            raise SandboxError("the supervisor cannot be renewed: it said something else first")
        self.about = json.loads(body)
        self.served, self.abnormal = 0, False
        self.renewed += 1

    async def run(self, job: Job, slot: int, rules: dict[str, Any]) -> list[Execution]:
        """Make the job's calls; after an abnormal end the rest continue in a new child of the same
        supervisor. What it asks of models is answered meanwhile.
        """
        if job.models is None or not self.listeners:
            for listener in self.listeners:
                listener.close()  # who asks all the same is refused at once
            return await self._run(job, slot, rules)
        async with job.models.served(self.listeners):
            return await self._run(job, slot, rules)

    async def _run(self, job: Job, slot: int, rules: dict[str, Any]) -> list[Execution]:
        self.served += 1
        done: list[Execution] = []
        while len(done) < len(job.calls):
            done += await self._start(job, job.calls[len(done) :], slot, rules)
        return done

    async def _start(
        self, job: Job, calls: tuple[Call, ...], slot: int, rules: dict[str, Any]
    ) -> list[Execution]:
        nonce = secrets.token_bytes(16)
        # With a network one call at a time: the next would begin before what went over in this one
        # is asked for.
        turn = asyncio.Semaphore(len(calls) if self.news is None else 1)
        sending = asyncio.create_task(self._send(job, calls, slot, rules, nonce, turn))
        try:
            return await self._receive(job, len(calls), nonce, turn)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            raise SupervisorGone(
                f"the sandbox ended or stopped answering in the middle of a job: {_named(error)}",
                late=isinstance(error, TimeoutError),
            ) from None
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(
        self,
        job: Job,
        calls: tuple[Call, ...],
        slot: int,
        rules: dict[str, Any],
        nonce: bytes,
        turn: asyncio.Semaphore,
    ) -> None:
        start = json.dumps(_start_settings(job, len(calls), slot, rules)).encode()
        files = packing.pack(
            {path: (file.data, file.executable) for path, file in job.files.items()}
        )
        self.writer.write(line.HEAD.pack(line.START, len(start)) + start + nonce)
        self.writer.write(line.HEAD.pack(line.PROGRAM, len(files)) + files)
        for call in calls:
            await turn.acquire()
            body = _call_body(call)
            self.writer.write(line.HEAD.pack(line.CALL, len(body)) + body)
            await self.writer.drain()

    async def _receive(
        self, job: Job, count: int, nonce: bytes, turn: asyncio.Semaphore
    ) -> list[Execution]:
        done: list[Execution] = []
        limit = _longest_result(job)
        while True:
            async with asyncio.timeout(job.limits.longest_s + _GRACE_S):
                kind, body = await self._frame(limit)
            if kind == line.END:
                if not done:
                    raise SupervisorGone("the sandbox ended a job without a result")
                return done
            if kind != line.RESULT or len(done) == count:
                raise SupervisorGone("the sandbox sent something that is no result")
            done.append(await self._with_news(self._execution(body, nonce, job)))
            if job.heard is not None:
                job.heard()
            _allow_next(turn, done[-1], count)

    def _execution(self, body: bytes, nonce: bytes, job: Job) -> Execution:
        answered, code, wall, cpu, peak, size, *sizes = line.REPORT.unpack_from(body)
        if answered != nonce or code >= len(STATUSES):
            raise SupervisorGone("a result without this job's nonce: not written by the supervisor")
        detail, log, output = _parts(body, sizes)
        status = STATUSES[code]
        self.abnormal = self.abnormal or _is_abnormal(status, detail)
        execution = Execution(
            status,
            output if status is Status.OK else None,
            _line(detail),
            log.decode("utf-8", "replace"),
            Usage(wall, cpu, peak, size),
        )
        return _with_files(execution) if job.tree and status is Status.OK else execution

    async def _with_news(self, execution: Execution) -> Execution:
        """Close the log with what went over the network, where there is one: the candidate cannot
        write after it.
        """
        if self.news is None:
            return execution
        try:
            news = await self.news()
        except SandboxError as error:
            return Execution(
                Status.INFRA, detail=str(error), log=execution.log, usage=execution.usage
            )
        apart = "" if not execution.log or execution.log.endswith("\n") else "\n"
        return replace(execution, log=f"{execution.log}{apart}{news}\n")

    async def _frame(self, limit: int) -> tuple[bytes, bytes]:
        kind, size = line.HEAD.unpack(await self.reader.readexactly(line.HEAD.size))
        if size > limit:
            raise SupervisorGone(f"the sandbox sent {size} bytes; at most {limit} are accepted")
        return kind, await self.reader.readexactly(size)


def _longest_result(job: Job) -> int:
    """Return how many bytes a result of a job may have."""
    files_mb = job.limits.files_mb if job.tree else 0
    return int(max(job.limits.answer_mb, files_mb) * (1 << 20)) + (1 << 20)


def _allow_next(turn: asyncio.Semaphore, execution: Execution, count: int) -> None:
    """Allow the next call, all of them where the supervisor gives up: it skips the rest."""
    for _ in range(1 if execution.status is Status.OK else count):
        turn.release()


def _parts(body: bytes, sizes: list[int]) -> Iterator[bytes]:
    """Yield the parts of a report, one after another: detail, log and output."""
    start = line.REPORT.size
    for size in sizes[:3]:
        yield body[start : start + size]
        start += size


def _is_abnormal(status: Status, detail: bytes) -> bool:
    return status not in (Status.OK, Status.INVALID, Status.CRASH) or b"signal" in detail


def _start_settings(job: Job, calls: int, slot: int, rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "entry": job.entry if isinstance(job.entry, str) else list(job.entry),
        "calls": calls,
        "tree": job.tree,
        "environment": rules.get("environment", {}),
        "leave_out": list(job.leave_out),
        "limits": _limits(job, slot, rules),
    }


def _limits(job: Job, slot: int, rules: dict[str, Any]) -> dict[str, Any]:
    """Return a job's limits as the supervisor sets them: sizes in MiB, but "data" and "space", the
    resource limits, in bytes.
    """
    limits = job.limits
    cpu_s = limits.time_s * limits.cpus if limits.cpu_s is None else limits.cpu_s
    output_mb = max(limits.answer_mb, limits.files_mb) if job.tree else limits.answer_mb
    data = space = None
    if rules["rlimit_memory"]:
        data, space = limits.memory_mb << 20, (limits.memory_mb << 22) + (2 << 30)
    return {
        "time_s": limits.time_s,
        "longest_s": limits.longest_s,
        "cpu_s": cpu_s,
        "memory_mb": limits.memory_mb,
        "files_mb": limits.files_mb,
        "output_mb": output_mb,
        "processes": limits.processes,
        "nproc": rules["nproc"],
        "data": data,
        "space": space,
        "cpus": limits.cpus if rules["affinity"] else 0,
        "slot": slot,
    }


def _call_body(call: Call) -> bytes:
    overlay = (
        packing.pack({path: (data, False) for path, data in call.overlay.items()})
        if call.overlay
        else b""
    )
    head = failure.CALL.pack(b"", call.seed, len(overlay))[8:]
    return head + overlay + len(call.input).to_bytes(8, "big") + call.input


def _with_files(execution: Execution) -> Execution:
    """Turn the packed working copy, which is hostile data, into files."""
    try:
        found = packing.unpack(execution.output or b"")
        check_paths(found)
        files = {path: File(data, executable) for path, (data, executable) in found.items()}
    except (ValueError, ProblemError) as error:
        return Execution(
            Status.INVALID,
            None,
            f"the working copy cannot be taken: {error}",
            execution.log,
            execution.usage,
        )
    return Execution(Status.OK, None, execution.detail, execution.log, execution.usage, files)


def _line(detail: bytes) -> str:
    text = detail.decode("utf-8", "replace").replace("\n", " ")
    return "".join(character for character in text if character.isprintable())[:1000]


def _named(error: BaseException) -> str:
    return str(error) or type(error).__name__
