"""The process that a candidate is: forked, confined, waiting for a job or at it.

In namespaces of its own there is an init above it, process 1 of them, so that a signal ends it as
it does anywhere.
"""

from __future__ import annotations

import os
import select
import signal
import tempfile
import traceback
from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

from cladogen.sandboxes.inside import (
    candidate,
    clock,
    confine,
    ending,
    folders,
    memory,
    processes,
    segments,
    syscalls,
)


class Child:
    """One confined process, waiting for a job or at it."""

    def __init__(self, way: str, files_mb: float, settings: dict[str, Any]) -> None:
        self.way = way
        self.own_user = way == "namespaces"
        self.filters = settings["filters"] if way != "plain" else {}
        self.workspace = "/tmp"
        if way == "plain":
            self.workspace = tempfile.mkdtemp(prefix="candidate-", dir=settings["scratch"])
        job, self.job = os.pipe()
        self.answers, answers = os.pipe()
        self.log, log = os.pipe()
        self.memory: memory.CandidateMemory | None = None  # of the job, once there is one
        self.last: int | None = None  # where an init tells how the candidate ended
        ours = [job, answers, log]
        if self.own_user:
            self.last, last = os.pipe()
            ours.append(last)
            self.pid = confine.fork_into_namespaces(partial(confine.be_init, ended=last))
        else:
            self.pid = os.fork()
        if self.pid == 0:
            _be_child(way, files_mb, settings, self.workspace, Ends(job, answers, log))
        self.ended = ending.watch_end(self.pid)
        _close(ours)
        self.refusals: int | None = None
        self.clock = clock.CpuClock()  # until there is something to count
        self._await_walls(settings["listener"])
        self.candidate = next(processes.descendants(self.pid), self.pid)
        self.top = self.pid if self.own_user else os.getpid()
        kernel = settings["kernel_clock"]
        self.clock = clock.of_child(self.candidate, self.top, settings["counted"], kernel=kernel)
        for descriptor in (self.job, self.answers, self.log):
            os.set_blocking(descriptor, False)

    def _await_walls(self, line: syscalls.Line) -> None:
        """Wait until the walls stand; the child says so."""
        word = os.read(self.answers, 512)
        self.refusals = syscalls.take(line)
        if word.startswith(b"ready"):
            return
        self.end()
        raise OSError(
            0, word.decode("utf-8", "replace") or "the child ended while it was being confined"
        )

    def status(self) -> int:
        """Return the wait status of the candidate, which has ended and stays to be reaped."""
        if self.last is not None and (ended := os.read(self.last, 4)):
            return int.from_bytes(ended, "big")
        status = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        if status is None:
            return 0
        return status.si_status << 8 if status.si_code == os.CLD_EXITED else status.si_status

    def has_ended(self) -> bool:
        """Return whether the candidate has ended; it stays to be reaped."""
        waiting = select.poll()
        waiting.register(self.ended, select.POLLIN)
        return bool(waiting.poll(0))

    def stop(self) -> None:
        """Kill the child; what is left of it stays until `end`."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended already, and is reaped later

    def end(self) -> None:
        """End every process of the child and take away what it wrote."""
        self.stop()
        if self.way == "wipe":
            processes.kill_everyone()
        elif self.way == "plain":
            processes.kill_descendants()
        processes.reap()
        self.clock.close()
        if self.memory is not None:
            segments.remove(self.memory.seen)
        # The last of them not before: it would let a refused call return.
        _close((self.job, self.answers, self.log, self.ended, self.last, self.refusals))
        if self.way == "wipe":
            folders.wipe()
        elif self.way == "plain":
            folders.remove(self.workspace)


def _close(descriptors: Iterable[int | None]) -> None:
    """Close those that are open, in their order."""
    for descriptor in descriptors:
        if descriptor is not None:
            os.close(descriptor)


class Ends(NamedTuple):
    """A child's ends of its lines to the supervisor."""

    job: int
    answers: int
    log: int


def _be_child(
    way: str, files_mb: float, settings: dict[str, Any], workspace: str, ends: Ends
) -> None:
    """In the child: raise the walls, wait for the job, live it, end."""
    ending.forget()
    try:
        _keep_only(*ends, settings["listener"][1].fileno())
        _raise_walls(way, files_mb, settings, workspace, ends)
        os.write(ends.answers, b"ready")
        os.dup2(ends.log, 1)
        os.dup2(ends.log, 2)
        os.close(ends.log)
        # SIGPIPE stays ignored, as in any Python; commands get it back.
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, signal.SIG_DFL)
    except BaseException as error:  # noqa: BLE001  (a forked child must never return into the supervisor's loop)
        os.write(ends.answers, f"{type(error).__name__}: {error}"[:500].encode())
        os._exit(1)
    try:
        with open(ends.job, "rb") as stream:
            candidate.live(stream, ends.answers, workspace)
        os._exit(0)
    except BaseException:  # noqa: BLE001  (the same)
        os.write(2, traceback.format_exc()[-2000:].encode("utf-8", "replace"))
        os._exit(1)


def _raise_walls(
    way: str, files_mb: float, settings: dict[str, Any], workspace: str, ends: Ends
) -> None:
    if way == "namespaces":
        os.setsid()  # else what it does to its process group it does to the supervisor
        confine.furnish(files_mb, os.getuid())
    if way == "plain":
        syscalls.give(settings["listener"], None)
        os.setsid()
        if os.geteuid() == 0:
            os.chown(workspace, settings["nobody"], settings["nobody"])
            confine.become(settings["nobody"], keep_reading=settings["keep_reading"])
    else:
        syscalls.give(settings["listener"], confine.drop_privileges(settings["filters"]))
    confine.prefer_as_victim()
    confine.die_with_parent()
    _environment(workspace, way)
    os.makedirs(os.environ["HOME"], exist_ok=True)


def _keep_only(*kept: int) -> None:
    last = 3
    for descriptor in sorted(kept):
        os.closerange(last, descriptor)
        last = descriptor + 1
    os.closerange(last, 4096)


def _environment(workspace: str, way: str) -> None:
    os.environ["HOME"] = os.path.join(workspace, "home")
    os.environ["TMPDIR"] = workspace
    os.environ["CLADOGEN_OWN_PIDS"] = "1" if way == "namespaces" else "0"
    tempfile.tempdir = None
