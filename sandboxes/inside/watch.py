"""Guarding one child: pass its calls on, keep its clocks and limits, take its answers, and say how
each call ended.
"""

from __future__ import annotations

import math
import os
import select
import signal
import time
from typing import Any

from cladogen.sandboxes.inside import syscalls
from cladogen.sandboxes.inside.answer import Answer
from cladogen.sandboxes.inside.child import Child
from cladogen.sandboxes.inside.command import signal_name
from cladogen.sandboxes.inside.failure import Used
from cladogen.sandboxes.inside.group import GroupCounters
from cladogen.sandboxes.inside.line import EngineLine
from cladogen.sandboxes.inside.memory import CandidateMemory, EndedUsage, Fresh, ended
from cladogen.sandboxes.inside.processes import descendants
from cladogen.sandboxes.inside.result import (
    BUSY,
    CRASH,
    INFRA,
    INVALID,
    OK,
    OUT_OF_MEMORY,
    REFUSED,
    TIMEOUT,
    CallResult,
    Log,
)
from cladogen.sandboxes.inside.waits import Waits, is_blocked

_MIB = 1 << 20
_TICK_MS = 50
_RELAY_S = 20.0  # well within what the engine grants a supervisor beyond the limits
_SHORT_S = 0.002
_SUPERVISOR_MB = 16  # what this process may have grown by, in a group that counts it
_CPUS = os.cpu_count() or 1
_ITS_SHARE = 0.9  # of its time: who had as much CPU time has had what the limit grants
_ADVICE = ", which the sandbox does not allow; remove what makes it"


class ChildLimits:
    """The walls around a child's time, memory and output while it answers."""

    def __init__(
        self,
        child: Child,
        line: EngineLine,
        limits: dict[str, Any],
        group: GroupCounters | None,
        fresh: Fresh,
    ) -> None:
        self.child = child
        self.line = line
        self.limits = limits
        self.group = group
        self.clock = child.clock
        self.command = limits["command"]  # its runner is ours, and tells what the command used
        self.answer: Answer | None = None
        self.log = Log()
        self.gone = False
        self.kills = self._kills()
        self.waited = self.blocked = self.noted = 0.0
        self.queues, self.heard = Waits(), False
        self.waits = self.queues.look((child.candidate, os.getpid()))
        child.memory = self.memory = CandidateMemory(
            child.candidate, child.top, fresh, group, limits["memory_mb"]
        )
        self.ended: EndedUsage | None = None
        self.looked = 0.0  # when the limits were last looked at
        self.poll = select.poll()
        for descriptor in (child.answers, child.log, child.ended):
            self.poll.register(descriptor, select.POLLIN)
        if child.refusals is not None:
            self.poll.register(child.refusals, select.POLLIN)
        self.poll.register(line.down, 0)  # nothing to read there, but its end is the engine's end

    def pass_on(self, head: bytes, size: int = 0) -> None:
        """Give the child ``head`` and then ``size`` bytes from the line. The rest is dropped when
        it does not read.
        """
        deadline = time.monotonic() + _RELAY_S
        view = memoryview(head)
        while view or size:
            if not view:
                view = self.line.chunk(size)
                size -= len(view)
            if self.gone:
                view = view[:0]
            view = self._write(view, deadline)

    def _write(self, view: memoryview, deadline: float) -> memoryview:
        if not view:
            return view
        try:
            return view[os.write(self.child.job, view) :]
        except BlockingIOError:
            self.poll.register(self.child.job, select.POLLOUT)
            ready = self._wait(_TICK_MS)
            self.poll.unregister(self.child.job)
            if (
                self.child.ended in ready
                or self.child.refusals in ready
                or time.monotonic() > deadline
            ):
                self.gone = True
        except BrokenPipeError:
            self.gone = True
        return view

    def call(self, size: int) -> CallResult:
        """Pass one call on and wait for its answer, at most as long as its limits allow."""
        token = os.urandom(8)
        cpu = self.clock.cpu_s()
        self.pass_on((size + 8).to_bytes(8, "big") + token, size)
        started = time.monotonic()
        self.waited = self.blocked = 0.0
        self.noted = time.monotonic()
        self.answer = Answer(token, int(self.limits["output_mb"] * _MIB))
        result = self._await(self.answer, started, cpu)
        result.wall_s = time.monotonic() - started
        self._measure(result, cpu)
        self._drain()
        result.log, self.log = self.log, Log()
        self.answer = None
        return result

    def _measure(self, result: CallResult, cpu: float) -> None:
        """Say what the call used."""
        reported = result.used if self.command else Used()
        counted = self.clock.cpu_s() - cpu
        if self.ended is not None and self.clock.way == "sum":
            counted = max(counted, self.ended.cpu_s - cpu)
        result.cpu_s = max(counted, min(reported.cpu_s, result.wall_s * _CPUS))
        self._measure_memory(result, reported)

    def _measure_memory(self, result: CallResult, reported: Used) -> None:
        """Say what memory the call used. Looking at a short one's would cost more than the call,
        and tell nothing new.
        """
        memory = self.memory
        short = result.wall_s <= _SHORT_S and result.status == OK
        if not (short and memory.peak_mb):
            memory.take_peak(self.ended.peak_mb if self.ended is not None else None)
        if not short:
            memory.look(math.inf, self._own_mb())
        if self.command:
            memory.peak_mb = max(memory.peak_mb, min(reported.peak_mb, self.limits["memory_mb"]))
        result.peak_mb = max(memory.peak_mb, result.peak_mb)
        memory.peak_mb = result.peak_mb

    def _later(self, started: float) -> float:
        """Return the deadline: what the program waited for a CPU is the machine's doing, up to a
        limit.
        """
        self._note_waits()
        more_s = self.waited + self.blocked
        granted_s: float = min(float(self.limits["longest_s"]), self.limits["time_s"] + more_s)
        return started + granted_s

    def _late(self, started: float, cpu: float) -> CallResult:
        """Say whose doing it is that time is up: the program's, or a machine's that was busy."""
        time_s, used = self.limits["time_s"], self.clock.cpu_s() - cpu
        taken = time.monotonic() - started
        starved = self.waited > (taken - time_s) / 2 and used < _ITS_SHARE * time_s
        if taken >= self.limits["longest_s"] > time_s and starved:
            return CallResult(
                INFRA, f"{BUSY}: of {taken:.1f} s the program was given {used:.2f} s of CPU time"
            )
        waits = f", {used:.2g} s of CPU time: it slept or waited" if used < time_s / 2 else ""
        return CallResult(TIMEOUT, f"ran longer than {time_s:g} s{waits}")

    def _note_waits(self) -> None:
        """Add up how long the process that waited most was ready to run and had no CPU, and how
        long one waited for a disk or for the kernel to find memory. Who wrote something may wait
        for this process to read it, and so for what this one waited.
        """
        theirs = (self.child.candidate, *descendants(self.child.top))
        now = self.queues.look((os.getpid(), *theirs))
        more = {pid: waited - self.waits.get(pid, 0.0) for pid, waited in now.items()}
        own = more.pop(os.getpid())
        self.waited += max(0.0, own if self.heard else 0.0, *more.values())
        self.waits, self.heard = now, False
        since, self.noted = self.noted, time.monotonic()
        if any(map(is_blocked, theirs)):
            self.blocked += self.noted - since

    def _own_mb(self) -> float:
        """Return what this process holds of the answer, which its control group counts, too."""
        return 0.0 if self.answer is None else self.answer.filled / _MIB

    def _kills(self) -> int:
        return 0 if self.group is None else self.group.kills()

    def _await(self, answer: Answer, started: float, cpu: float) -> CallResult:
        limits = self.limits
        deadline = started + limits["time_s"]
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                deadline = self._later(started)
                if deadline <= time.monotonic():
                    return self._at_deadline(answer, started, cpu)
                continue
            ready = self._wait(min(_TICK_MS, int(left * 1000) + 1))
            found = self._ended(ready, answer) or self._over_limits(cpu, started)
            if found is not None:
                return found
            if self.log.size > limits["output_mb"] * _MIB:
                return self._wrote_too_much()

    def _at_deadline(self, answer: Answer, started: float, cpu: float) -> CallResult:
        return self._there(answer) or self._late(started, cpu)

    def _there(self, answer: Answer) -> CallResult | None:
        """Return what came before this process was given a CPU to look at it, None for nothing. Who
        goes on writing gets no more of its time than a tick.
        """
        about = {self.child.answers, self.child.ended, self.child.refusals}
        spent = time.process_time()
        while (ready := self._wait(0)).keys() & about:
            if (found := self._ended(ready, answer)) is not None:
                return found
            if time.process_time() - spent > _TICK_MS / 1000:
                return None
        return None

    def _ended(self, ready: dict[int, int], answer: Answer) -> CallResult | None:
        """Return how a call ended whose child has something to say, None while it goes on."""
        if self.child.refusals in ready:
            return self._refusal()
        if self.child.answers not in ready:
            return self._ending() if self.child.ended in ready else None
        try:
            finished = answer.read(self.child.answers)
        except EOFError:  # closed; how the process ends says the rest
            self.poll.unregister(self.child.answers)
            return None
        if finished is not None and self._killed(finished):
            return self._out_of_memory()
        return finished

    def _wrote_too_much(self) -> CallResult:
        return CallResult(
            INVALID,
            f"wrote more than {self.limits['output_mb']:g} MiB to standard output and error",
            output_bytes=self.log.size,
        )

    def _wait(self, timeout_ms: int) -> dict[int, int]:
        ready = dict(self.poll.poll(timeout_ms))
        if self.line.down in ready:
            self.line.gone()
        self.heard |= self.child.log in ready or self.child.answers in ready
        if self.child.log in ready:
            self._drain()
        if (refusals := self.child.refusals) is not None and ready.get(
            refusals, select.POLLIN
        ) & ~select.POLLIN:
            self.poll.unregister(refusals)  # every process that could make a refused call has ended
            del ready[refusals]
        return ready

    def _drain(self) -> None:
        view = memoryview(self.line.buffer)
        try:
            while count := os.readv(self.child.log, [view]):
                self.log.add(view[:count])
                if self.log.size > self.limits["output_mb"] * _MIB:
                    return
            self.poll.unregister(self.child.log)  # closed by every holder
        except BlockingIOError:
            return
        except KeyError:
            return  # unregistered before

    def _over_limits(self, cpu: float, started: float) -> CallResult | None:
        """Look at every tick, not only when nothing comes: a child that writes all the time must
        not go unseen.
        """
        now = time.monotonic()
        if now < max(self.looked, started) + _TICK_MS / 1000:
            return None
        self.looked = now
        self._note_waits()
        used = self.clock.cpu_s() - cpu
        if self.limits["cpus"] and used > self.limits["cpus"] * (now - started) + 0.1:
            _pin(self.limits["cpus"], self.limits["slot"])
        if used > self.limits["cpu_s"]:
            return CallResult(TIMEOUT, f"used more than {self.limits['cpu_s']:g} s of CPU time")
        if blind := self.clock.blind():
            return CallResult(REFUSED, blind)
        return self._over_memory()

    def _over_memory(self) -> CallResult | None:
        """Look at the memory. Where only the kernel keeps a group's limit, it may take the
        supervisor, too: files in memory outlive for a moment the program that made them.
        """
        limit = self.limits["memory_mb"]
        if self.group is None:
            used, most = self.memory.look(limit, self._own_mb()), limit
        else:
            self.memory.look(math.inf, self._own_mb())
            used, most = self.memory.grouped_mb(self._own_mb()), limit + _SUPERVISOR_MB
        if used > most:
            return CallResult(OUT_OF_MEMORY, f"used {used:.0f} MiB of memory; the limit is {limit}")
        return None

    def _killed(self, finished: CallResult) -> bool:
        """Return whether a command's crash was the kernel taking its memory back."""
        return finished.status == CRASH and self._kills() > self.kills

    def _refusal(self) -> CallResult:
        assert self.child.refusals is not None
        name = syscalls.refused(self.child.refusals, self.child.filters)
        return CallResult(REFUSED, f"called {name}{_ADVICE}" if name else self._unnamed())

    def _unnamed(self) -> str:
        # Where refusals are read, all but the calls of another architecture have a name.
        width = "" if self.child.refusals is None else "32-bit "
        return f"made a {width}system call (its name is not known){_ADVICE}"

    def _out_of_memory(self) -> CallResult:
        limit = self.limits["memory_mb"]
        return CallResult(
            OUT_OF_MEMORY, f"ended by the kernel: more than {limit} MiB of memory", peak_mb=limit
        )

    def _ending(self) -> CallResult:
        """Say how a child ended that gave no answer."""
        self.ended = ended(self.child.pid)
        killed = os.waitstatus_to_exitcode(self.child.status())
        if self._kills() > self.kills:
            return self._out_of_memory()
        if killed == -signal.SIGSYS:
            return CallResult(REFUSED, self._unnamed())
        if killed == -signal.SIGXCPU:
            return CallResult(TIMEOUT, f"used more than {self.limits['cpu_s']:g} s of CPU time")
        if killed < 0:
            return CallResult(CRASH, f"ended by signal {-killed} ({signal_name(-killed)})")
        return CallResult(CRASH, f"the process exited (status {killed}) without returning")


def _pin(cpus: float, slot: int) -> None:
    """Keep every thread below this process to as many CPUs as it may use: it has used more, and no
    cgroup holds it.
    """
    allowed = sorted(os.sched_getaffinity(0))
    wanted = {allowed[(slot + k) % len(allowed)] for k in range(max(1, round(cpus)))}
    for process in descendants():
        for thread in (
            os.listdir(f"/proc/{process}/task") if os.path.isdir(f"/proc/{process}/task") else []
        ):
            try:
                os.sched_setaffinity(int(thread), wanted)
            except OSError:
                continue
