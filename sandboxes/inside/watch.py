"""Guarding one child: pass its calls on, keep its clocks and limits, take its answers, and say how each call ended."""

from __future__ import annotations

import mmap
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cladogen.sandboxes.inside import candidate, syscalls

if TYPE_CHECKING:
    from cladogen.sandboxes.inside.supervisor import Child, Line

OK, INVALID, CRASH, TIMEOUT, OUT_OF_MEMORY, REFUSED, INFRA = range(7)
_MIB = 1 << 20
_HALF = 4096  # of the log, at its head and at its tail
_TICK_MS = 50
_RELAY_S = 20.0  # well within what the engine grants a supervisor beyond the limits
_SHORT_S = 0.002
_ADVICE = ", which the sandbox does not allow; remove what makes it"
_STATUS = {
    candidate.OK: OK, candidate.CRASH: CRASH, candidate.INVALID: INVALID, candidate.TOO_LARGE: INVALID,
    candidate.OUT_OF_MEMORY: OUT_OF_MEMORY, candidate.INFRA: CRASH, candidate.REFUSED: REFUSED,
}  # fmt: skip


@dataclass
class Result:
    """How one call ended. ``abnormal``: the child cannot serve the next call."""

    status: int
    detail: Any  # text of ours, or what the child wrote, still in the mapping it was read into
    log: Log | None = None
    output: Any = b""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    output_bytes: int = 0
    abnormal: bool = True

    def parts(self) -> tuple[Any, list[memoryview], Any]:
        """Return detail, log and output as bytes that nobody copied."""
        detail = self.detail.encode() if isinstance(self.detail, str) else self.detail
        return detail, self.log.parts() if self.log is not None else [], self.output


class Counters:
    """CPU time and memory kills, from the container's own cgroup where it can be read.

    Elsewhere CPU time is added up over the processes there are. What the sum loses is what a process took along whose
    parent did not ask for it, and stays counted.
    """

    def __init__(self, cgroup: tuple[str, str] | None) -> None:
        self.cgroup = cgroup
        self.last = 0.0
        self.lost = 0.0

    def kills(self) -> int:
        if self.cgroup is None:
            return 0
        with open(self.cgroup[0]) as stream:
            return next((int(line.split()[1]) for line in stream if line.startswith("oom_kill ")), 0)

    def cpu_s(self, pid: int) -> float:
        if self.cgroup is None:
            now = sum(_process_cpu(each) for each in (pid, *descendants(pid)))
            self.lost += max(0.0, self.last - now)
            self.last = now
            return self.lost + now
        with open(self.cgroup[1]) as stream:
            text = stream.read()
        return int(text) / 1e9 if text[:1].isdigit() else int(text.split()[1]) / 1e6


class Log:
    """The head and the tail of what a child writes; the middle is counted and forgotten.

    Kept in a mapping, which is given back to the kernel: a later child, a fork of this process, finds nothing.
    """

    def __init__(self) -> None:
        self.area = mmap.mmap(-1, 2 * _HALF)
        self.size = 0

    def add(self, part: memoryview) -> None:
        room = min(max(0, _HALF - self.size), len(part))
        self.area[self.size : self.size + room] = part[:room]
        rest = part[room:][-_HALF:]
        start = (self.size + len(part) - len(rest) - _HALF) % _HALF
        first = min(len(rest), _HALF - start)
        self.area[_HALF + start : _HALF + start + first] = rest[:first]
        self.area[_HALF : _HALF + len(rest) - first] = rest[first:]
        self.size += len(part)

    def parts(self) -> list[memoryview]:
        """Return the text in order: the head, a note on what was left out, the tail."""
        view, rest = memoryview(self.area), self.size - _HALF
        if rest <= _HALF:
            return [view[: self.size]]
        turn = _HALF + rest % _HALF
        note = f"\n... {rest - _HALF} bytes left out ...\n".encode()
        return [view[:_HALF], memoryview(note), view[turn:], view[_HALF:turn]]


class Guard:
    """The walls around a child's time, memory and output while it answers."""

    def __init__(self, child: Child, line: Line, limits: dict[str, Any], counters: Counters) -> None:
        self.child = child
        self.line = line
        self.limits = limits
        self.counters = counters
        self.log = Log()
        self.gone = False
        self.kills = counters.kills()
        self.peak_mb = 0.0
        self.looked = 0.0  # when the limits were last looked at
        self.poll = select.poll()
        for descriptor in (child.answers, child.log, child.pidfd):
            self.poll.register(descriptor, select.POLLIN)
        if child.refusals is not None:
            self.poll.register(child.refusals, select.POLLIN)
        self.poll.register(line.down, 0)  # nothing to read there, but its end is the engine's end

    def pass_on(self, head: bytes, size: int = 0) -> None:
        """Give the child ``head`` and then ``size`` bytes from the line. The rest is dropped when it does not read."""
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
            if self.child.pidfd in ready or self.child.refusals in ready or time.monotonic() > deadline:
                self.gone = True
        except BrokenPipeError:
            self.gone = True
        return view

    def call(self, size: int) -> Result:
        """Pass one call on and wait for its answer, at most as long as its limits allow."""
        token = os.urandom(8)
        cpu = self.counters.cpu_s(self.child.pid)
        self.pass_on((size + 8).to_bytes(8, "big") + token, size)
        started = time.monotonic()
        answer = Answer(token, int(self.limits["output_mb"] * _MIB))
        result = self._await(answer, started, cpu)
        result.wall_s = time.monotonic() - started
        if result.wall_s > _SHORT_S or not self.peak_mb or result.status != OK:
            # For a short call these would cost more than the call, and tell nothing new.
            result.cpu_s = max(0.0, self.counters.cpu_s(self.child.pid) - cpu)
            self.peak_mb = max(self.peak_mb, _peak_mb(self.child.pid))
        else:
            result.cpu_s = result.wall_s
        result.peak_mb = self.peak_mb
        self._drain()
        result.log, self.log = self.log, Log()
        result.output_bytes = len(result.output)
        return result

    def _await(self, answer: Answer, started: float, cpu: float) -> Result:
        limits = self.limits
        deadline = started + limits["time_s"]
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return Result(TIMEOUT, f"ran longer than {limits['time_s']:g} s")
            ready = self._wait(min(_TICK_MS, int(left * 1000) + 1))
            if self.child.refusals in ready:
                return self._refusal()
            if self.child.answers in ready:
                try:
                    finished = answer.read(self.child.answers)
                except EOFError:
                    self.poll.unregister(self.child.answers)  # closed; how the process ends says the rest
                    continue
                if finished is not None:
                    return self._out_of_memory() if self._killed(finished) else finished
            elif self.child.pidfd in ready:
                return self._ending()
            if (over := self._over_limits(cpu, started)) is not None:
                return over
            if self.log.size > limits["output_mb"] * _MIB:
                return Result(INVALID, f"wrote more than {limits['output_mb']:g} MiB to standard output and error")

    def _wait(self, timeout_ms: int) -> dict[int, int]:
        ready = dict(self.poll.poll(timeout_ms))
        if self.line.down in ready:
            self.line.gone()
        if self.child.log in ready:
            self._drain()
        if (refusals := self.child.refusals) is not None and ready.get(refusals, select.POLLIN) & ~select.POLLIN:
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

    def _over_limits(self, cpu: float, started: float) -> Result | None:
        """Look at every tick, not only when nothing comes: a child that writes all the time must not go unseen."""
        now = time.monotonic()
        if now < max(self.looked, started) + _TICK_MS / 1000:
            return None
        self.looked = now
        used = self.counters.cpu_s(self.child.pid) - cpu
        if self.limits["cpus"] and used > self.limits["cpus"] * (now - started) + 0.1:
            _pin(self.limits["cpus"], self.limits["slot"])
        if used > self.limits["cpu_s"]:
            return Result(TIMEOUT, f"used more than {self.limits['cpu_s']:g} s of CPU time")
        used = _tree_mb(self.child.pid)
        self.peak_mb = max(self.peak_mb, used)
        if self.counters.cgroup is None and used > self.limits["memory_mb"]:
            return Result(OUT_OF_MEMORY, f"used {used:.0f} MiB of memory; the limit is {self.limits['memory_mb']}")
        return None

    def _killed(self, finished: Result) -> bool:
        """Return whether a command's crash was the kernel taking its memory back."""
        return finished.status == CRASH and self.counters.kills() > self.kills

    def _refusal(self) -> Result:
        assert self.child.refusals is not None
        name = syscalls.refused(self.child.refusals, self.child.filters)
        return Result(REFUSED, f"called {name}{_ADVICE}" if name else self._unnamed())

    def _unnamed(self) -> str:
        told = self.child.refusals is not None  # then all but the calls of another architecture have a name
        return f"made a {'32-bit ' if told else ''}system call (its name is not known){_ADVICE}"

    def _out_of_memory(self) -> Result:
        return Result(OUT_OF_MEMORY, f"ended by the kernel: more than {self.limits['memory_mb']} MiB of memory")

    def _ending(self) -> Result:
        """Say how a child ended that gave no answer."""
        killed = os.waitstatus_to_exitcode(self.child.status())
        if self.counters.kills() > self.kills:
            return self._out_of_memory()
        if killed == -signal.SIGSYS:
            return Result(REFUSED, self._unnamed())
        if killed == -signal.SIGXCPU:
            return Result(TIMEOUT, f"used more than {self.limits['cpu_s']:g} s of CPU time")
        if killed == signal.SIGABRT and self.child.own_user:
            killed = (
                -killed
            )  # process 1 of its namespaces cannot end by a signal of its own (confine.exit_when_aborted)
        if killed < 0:
            return Result(CRASH, f"ended by signal {-killed} ({_signal_name(-killed)})")
        return Result(CRASH, f"the process exited (status {killed}) without returning")


class Answer:
    """Reads one answer of a child: hostile bytes, so every size is checked before memory is taken for it."""

    def __init__(self, token: bytes, limit: int) -> None:
        self.token = token
        self.limit = limit
        self.head = mmap.mmap(-1, mmap.PAGESIZE)  # the answer's head and its detail
        self.want = candidate.ANSWER.size
        self.got = 0
        self.kind = 0
        self.output: Any = b""
        self.filled = 0

    def read(self, pipe: int) -> Result | None:
        """Read what is there; returns the result when it is complete or cannot become one."""
        if self.got < self.want:
            count = os.readv(pipe, [memoryview(self.head)[self.got : self.want]])
            self.got += count
            if not count:
                raise EOFError
            if self.got == candidate.ANSWER.size == self.want:
                refused = self._open()
                if refused is not None:
                    return refused
            return self._complete() if self.got == self.want else None
        self.filled += os.readv(pipe, [memoryview(self.output)[self.filled :]])
        return self._complete()

    def _open(self) -> Result | None:
        token, self.kind, detail, size = candidate.ANSWER.unpack_from(self.head)
        if token != self.token or self.kind not in _STATUS or detail > 2000:
            return Result(CRASH, "wrote something that is no answer where its answer belongs")
        if size > self.limit:
            return Result(INVALID, f"returned {size / _MIB:.1f} MiB; the limit is {self.limit / _MIB:g}")
        self.want += detail
        if size:
            self.output = mmap.mmap(-1, size)
        return None

    def _complete(self) -> Result | None:
        if self.filled < len(self.output):
            return None
        detail = memoryview(self.head)[candidate.ANSWER.size : self.want]
        return Result(_STATUS[self.kind], detail, output=self.output, abnormal=self.kind == candidate.TOO_LARGE)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unnamed"


def _process_cpu(pid: int) -> float:
    """Return the CPU seconds of a process and of the children it has waited for."""
    try:
        own = time.clock_gettime((~pid << 3) | 2)  # the clock of another process, as clock_getcpuclockid names it
        with open(f"/proc/{pid}/stat") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except (OSError, ValueError):
        return 0.0
    return own + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/status") as stream:
            return next((int(line.split()[1]) / 1024 for line in stream if line.startswith("VmHWM")), 0.0)
    except OSError:
        return 0.0


def _pin(cpus: float, slot: int) -> None:
    """Keep every thread below this process to as many CPUs as it may use: it has used more, and no cgroup holds it."""
    allowed = sorted(os.sched_getaffinity(0))
    wanted = {allowed[(slot + k) % len(allowed)] for k in range(max(1, round(cpus)))}
    for process in descendants():
        for thread in os.listdir(f"/proc/{process}/task") if os.path.isdir(f"/proc/{process}/task") else []:
            try:
                os.sched_setaffinity(int(thread), wanted)
            except OSError:
                continue


def _tree_mb(pid: int) -> float:
    """Return the resident memory of everything below this process, in MiB."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for process in descendants():
        try:
            with open(f"/proc/{process}/statm") as stream:
                total += int(stream.read().split()[1]) * page
        except (OSError, IndexError):
            continue
    return total / _MIB


def descendants(root: int | None = None) -> Iterator[int]:
    """Yield the processes below ``root``, or this one (as far as /proc tells)."""
    below = list(_children(root or os.getpid()))
    while below:
        process = below.pop()
        yield process
        below += _children(process)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as stream:
                found += [int(child) for child in stream.read().split()]
    except OSError:
        return found if _TELLS_CHILDREN else _children_by_search(pid)
    return found


_TELLS_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def _children_by_search(pid: int) -> list[int]:
    """The same for a kernel whose /proc does not list children."""
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stream:
                    parent = int(stream.read().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found.append(int(name))
    return found


def kill_everyone() -> None:
    """Kill whatever this process may signal: for process 1 of a pid namespace only."""
    if os.getpid() == 1:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return
    else:
        kill_descendants()


def kill_descendants() -> None:
    """Kill everything below this process, again and again until nothing new appears."""
    for _ in range(1000):
        alive = list(descendants())
        for process in alive:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        _reap_ended()
        if not alive:
            return


def reap() -> None:
    """Wait for every child to be gone."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def _reap_ended() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def wipe() -> None:
    """Empty every folder a candidate can write to."""
    for folder in ("/tmp", "/dev/shm", "/dev/mqueue"):
        if os.path.isdir(folder):
            for name in os.listdir(folder):
                remove(os.path.join(folder, name))


def remove(path: str) -> None:
    """Remove a file or a folder that its owner may have made unreadable."""
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o700)
    shutil.rmtree(path, ignore_errors=True)
