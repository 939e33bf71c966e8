"""The Sandbox seam: untrusted code in, data out.

A job is one program (or a few variants of it) and a list of calls. Each call hands the program an
input and takes one data artefact back; both are encoded by `cladogen.sandboxes.wire`, which is JSON
and raw arrays, never pickle.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from cladogen.evaluation import Status, Usage
from cladogen.program import File

OUTPUT_MB = 16.0  # of an answer, where nothing better is known


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may use. Times in seconds from the start of the candidate, memory and files in
    MiB.
    """

    time_s: float = 10.0
    cpu_s: float | None = None  # None: as much as time_s times cpus
    memory_mb: int = 1024
    cpus: float = 1.0
    processes: int = 64
    files_mb: int = 64
    output_mb: float | None = None  # None: OUTPUT_MB until more is known of a problem
    network_mb: float = 256.0  # of all connections of one start, where the problem lists hosts
    build_s: float = 60.0

    @property
    def cpu_time_s(self) -> float:
        """Return the CPU time that a call may use."""
        return self.time_s * self.cpus if self.cpu_s is None else self.cpu_s

    @property
    def longest_s(self) -> float:
        """Return how long a call may take on a machine so busy that the program has no CPU."""
        return max(4 * self.time_s, self.time_s + 10.0)

    @property
    def answer_mb(self) -> float:
        """Return how large an answer, and what is written beside it, may be."""
        return OUTPUT_MB if self.output_mb is None else self.output_mb


@dataclass(frozen=True, slots=True)
class SandboxNeeds:
    """What a problem's ``[sandbox]`` asks for beyond the limits.

    ``gpus`` is how many each program gets, or "all"; ``exclusive`` True has each program run with
    no other beside it, for scores that are times; ``models`` True gives each job sockets of its own
    through which it may ask models (`Job.models` serves them). ``tools`` are programs of this
    machine that are shown where they are outside the system's folders.
    """

    image: str = ""
    dockerfile: str = ""
    requirements: str = ""
    gpus: str = ""
    network: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    exclusive: bool = False
    models: bool = False
    tools: tuple[str, ...] = ()


class ModelAccess(Protocol):
    """Answers what one job asks of models."""

    def served(self, listeners: Sequence[socket.socket]) -> AbstractAsyncContextManager[None]:
        """Serve HTTP on listening sockets that nobody but the job can reach, while the context
        lasts.
        """
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the program: its encoded input, a seed for its random numbers, and files that
    replace the job's.
    """

    input: bytes
    seed: int = 0
    overlay: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A program and the calls to make of it.

    ``entry`` is "file.py:function" (called with the decoded input; what it returns is the output)
    or an argument vector (the encoded input's JSON on standard input, the output's JSON on standard
    output). ``build`` runs once per program, before the calls, and its products are cached by tree
    and command. ``tree`` True returns, in place of the output, the working copy as the command left
    it, without new files and folders that a pattern of ``leave_out`` names; what the command
    printed stands in the log then. ``fresh`` asks for a sandbox that held no candidate before,
    ``alone`` for no other job beside this one. ``models`` answers what it asks of models, where the
    sandbox was started with `SandboxNeeds.models`. ``heard`` is called after each call, for whoever
    shows how far a long job is.
    """

    files: Mapping[str, File]
    entry: str | tuple[str, ...]
    calls: tuple[Call, ...]
    limits: Limits = Limits()
    build: tuple[str, ...] = ()
    program: str = ""
    fresh: bool = False
    tree: bool = False
    alone: bool = False
    leave_out: tuple[str, ...] = ()
    models: ModelAccess | None = None
    heard: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """What one call came to. ``output`` is None unless the status is OK; ``detail`` says why it
    failed, in one line.

    ``log`` is the head and tail of what the candidate wrote to standard error (and output, for a
    Python entry).
    """

    status: Status
    output: bytes | None = None
    detail: str = ""
    log: str = ""
    usage: Usage = Usage()
    files: Mapping[str, File] | None = None
    away: bool = False  # INFRA because no sandbox could be started: see `cladogen.errors.WorldAway`


@dataclass(frozen=True, slots=True)
class Service:
    """A trusted process that reads hostile data (the scorer): contained, but fed and answered frame
    by frame.

    ``module`` is run as ``python -m module *arguments`` with ``folders`` readable at their own
    paths.
    """

    module: str
    arguments: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    memory_mb: int = 2048
    host: bool = False  # the user marked it as its own host process


class Channel(Protocol):
    """A line to a service: a reply for each request. ``broken`` says why there are no more, or
    nothing.
    """

    broken: str

    def widen(self, most: int) -> None:
        """Let so many requests be under way at once; one is where it begins."""
        ...

    async def request(self, frame: bytes, timeout_s: float) -> bytes:
        """Send a frame and return the reply; raises SandboxError at the deadline or when the
        service died.
        """
        ...

    async def close(self) -> None: ...


class Sandbox(Protocol):
    """Run jobs, contained. One object serves ``slots`` concurrent jobs."""

    name: str
    strength: str  # one line for the run's header: what is contained and what is not

    async def start(self, slots: int) -> None:
        """Prepare slots ahead; raises SandboxError with what to do when this sandbox cannot work
        here.
        """
        ...

    async def run(self, job: Job) -> tuple[Execution, ...]:
        """Make the calls; one execution each, in order. Never raises for what the candidate
        does.
        """
        ...

    async def serve(self, service: Service) -> Channel:
        """Start a trusted service in a sandbox of its own, apart from every candidate."""
        ...

    async def close(self) -> None:
        """End every process and remove every container; never hangs."""
        ...


@runtime_checkable
class InImage(Protocol):
    """A sandbox whose programs run in an image: its name, "" for none, and its digest."""

    image: str
    image_id: str
