"""The process that stays: takes jobs from the engine, starts one child for each, guards it, reports, and cleans up.

It is process 1 of its sandbox. It never runs or parses anything of the program: what comes from the engine is
passed on to the child through one small buffer, and what comes back is copied to memory that is given back to the
kernel afterwards, so that a later child, a fork of this process, inherits nothing. The next child is forked before its
job is read, and so holds nothing of it that it is not handed. When standard input ends, the engine is gone, and so is
everything here.

Frames are a kind (one byte), a length (eight) and the body. Down: START, PROGRAM, CALL; up: HELLO, RESULT, END.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
import tempfile
import traceback
from typing import Any, NamedTuple

from cladogen.sandboxes.inside import candidate, confine, door, syscalls, watch

START, PROGRAM, CALL, HELLO, RESULT, END = b"S", b"P", b"C", b"H", b"R", b"E"
HEAD = struct.Struct(">cQ")
REPORT = struct.Struct(">16sBdddQIIQ")  # nonce, status, wall, cpu, peak MiB, output bytes, sizes: detail, log, output
CHUNK = 1 << 16


def main(settings: dict[str, Any]) -> None:
    """Serve until the engine closes the line."""
    down, up = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    if settings.get("become"):
        confine.become(settings["become"])
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(sign, signal.SIG_IGN)
    confine.guard_supervisor()
    if settings.get("network"):
        door.hand_over()
    sys.path[:0] = settings["path"]
    sys.dont_write_bytecode = True
    versions = _preload(settings["preload"])
    gc.collect()
    gc.freeze()
    settings["scratch"] = (
        tempfile.mkdtemp(prefix=f"cladogen-local-{os.getpid()}-") if settings["way"] == "plain" else ""
    )
    if settings["scratch"]:
        os.chmod(settings["scratch"], 0o711)  # others may pass through, to what is theirs
    supervisor = Supervisor(down, up, settings)
    supervisor.hello(versions)
    supervisor.serve()


def _preload(names: list[str]) -> dict[str, str]:
    versions = {}
    for name in [*names, *(f"{name}.random" for name in names if name == "numpy")]:
        try:
            versions[name] = str(getattr(importlib.import_module(name), "__version__", ""))
        except ImportError:
            continue
    return versions


class Supervisor:
    """One line to the engine, one child at a time."""

    def __init__(self, down: int, up: int, settings: dict[str, Any]) -> None:
        self.line = Line(down, up, settings["scratch"])
        self.settings = settings
        self.way = settings["way"]
        self.files_mb = float(settings["files_mb"])
        self.counters = watch.Counters(confine.cgroup() if settings["cgroup"] else None)
        self.child: Child | None = None
        self.why = ""
        self.others = 0  # processes that count against the same limit

    def hello(self, versions: dict[str, str]) -> None:
        """Try the strongest way first, and say which one works here."""
        if self.way == "namespaces":
            try:
                self.child = self.prepare()
            except OSError as error:
                self.way, self.why = "wipe", str(error)
        self.others = confine.other_processes(own_user=self.way == "namespaces")
        about = {
            "way": self.way, "why": self.why, "python": sys.version.split()[0], "modules": versions,
            "counted": self.counters.cgroup is not None, "pid": os.getpid(),
        }  # fmt: skip
        self.line.send(HELLO, json.dumps(about).encode())

    def serve(self) -> None:
        while True:
            if self.child is None:
                self.child = self.prepare()
            kind, size = self.line.head()
            if kind != START:
                os._exit(3)
            start = json.loads(self.line.take(size))
            nonce = self.line.take(16)
            if start["limits"]["files_mb"] != self.files_mb:
                self.files_mb = start["limits"]["files_mb"]
                self.end_child()
                self.child = self.prepare()
            self.job(start, nonce)
            self.end_child()
            self.line.send(END, b"")

    def prepare(self) -> Child:
        """Fork the next child; it waits, confined, for its job."""
        return Child(self.way, self.files_mb, self.settings)

    def end_child(self) -> None:
        self.line.wipe()
        child, self.child = self.child, None
        if child is not None:
            child.end()

    def job(self, start: dict[str, Any], nonce: bytes) -> None:
        child = self.child
        assert child is not None
        limits = start["limits"]
        limits["nproc"] = limits["processes"] + self.others if limits["nproc"] else None
        text = json.dumps(start).encode()
        guard = watch.Guard(child, self.line, limits, self.counters)
        guard.pass_on(len(text).to_bytes(8, "big") + text)
        _, size = self.line.head()
        guard.pass_on(size.to_bytes(8, "big"), size)
        for index in range(start["calls"]):
            _, size = self.line.head()
            result = guard.call(size)
            self.report(nonce, result)
            if result.abnormal:
                self.line.skip_frames(start["calls"] - index - 1)
                return

    def report(self, nonce: bytes, result: watch.Result) -> None:
        detail, log, output = result.parts()
        sizes = (len(detail), sum(len(part) for part in log), len(output))
        body = REPORT.pack(
            nonce, result.status, result.wall_s, result.cpu_s, result.peak_mb, result.output_bytes, *sizes
        )  # fmt: skip
        self.line.write(HEAD.pack(RESULT, len(body) + sum(sizes)) + body)
        for part in (detail, *log, output):
            self.line.write(part)


class Line:
    """The two descriptors to the engine. The end of the stream ends this process, and with it everything here."""

    def __init__(self, down: int, up: int, scratch: str) -> None:
        self.down = down
        self.up = up
        self.scratch = scratch
        self.buffer = bytearray(CHUNK)

    def head(self) -> tuple[bytes, int]:
        kind, size = HEAD.unpack(self.take(HEAD.size))
        return kind, size

    def take(self, size: int) -> bytes:
        """Read exactly ``size`` bytes of what is no secret (headers and limits)."""
        data = b""
        while len(data) < size:
            part = os.read(self.down, size - len(data))
            if not part:
                self.gone()
            data += part
        return data

    def chunk(self, size: int) -> memoryview:
        """Read at most ``size`` bytes into the one buffer."""
        view = memoryview(self.buffer)[: min(size, CHUNK)]
        count = os.readv(self.down, [view])
        if not count:
            self.gone()
        return view[:count]

    def gone(self) -> None:
        """The engine is gone: end every process of this sandbox, take away what they wrote, end."""
        watch.kill_descendants()
        if self.scratch:
            watch.remove(self.scratch)
        os._exit(0)

    def wipe(self) -> None:
        """Forget what was passed on last: the next child is a fork of this process."""
        self.buffer[:] = bytes(CHUNK)

    def skip_frames(self, count: int) -> None:
        for _ in range(count):
            _, size = self.head()
            while size:
                size -= len(self.chunk(size))

    def send(self, kind: bytes, body: bytes) -> None:
        self.write(HEAD.pack(kind, len(body)) + body)

    def write(self, data: Any) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self.up, view) :]
            except BrokenPipeError:
                self.gone()


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
        near, far = socket.socketpair()
        self.pid = confine.fork_into_namespaces() if self.own_user else os.fork()
        if self.pid == 0:
            _be_child(way, files_mb, settings, self.workspace, Ends(job, answers, log, far))
        self.pidfd = os.pidfd_open(self.pid)
        for descriptor in (job, answers, log):
            os.close(descriptor)
        far.close()
        self.refusals: int | None = None
        self._await_walls(near)
        for descriptor in (self.job, self.answers, self.log):
            os.set_blocking(descriptor, False)

    def _await_walls(self, line: socket.socket) -> None:
        """Wait until the walls stand; the child says so."""
        with line:
            told = os.read(self.answers, 512)
            if told.startswith(b"ready"):
                self.refusals = syscalls.take(line) if self.filters else None
                return
        self.end()
        raise OSError(0, told.decode("utf-8", "replace") or "the child ended while it was being confined")

    def status(self) -> int:
        """Return the wait status of the candidate, which has ended and stays to be reaped."""
        status = os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED | os.WNOWAIT)
        if status is None:
            return 0
        return status.si_status << 8 if status.si_code == os.CLD_EXITED else status.si_status

    def end(self) -> None:
        """End every process of the child and take away what it wrote."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended already, and is reaped below
        if self.way == "wipe":
            watch.kill_everyone()
        elif self.way == "plain":
            watch.kill_descendants()
        watch.reap()
        for descriptor in (self.job, self.answers, self.log, self.pidfd):
            os.close(descriptor)
        if self.refusals is not None:
            os.close(self.refusals)  # not before: it would let a refused call return
        if self.way == "wipe":
            watch.wipe()
        elif self.way == "plain":
            watch.remove(self.workspace)


class Ends(NamedTuple):
    """A child's ends of its lines to the supervisor."""

    job: int
    answers: int
    log: int
    line: socket.socket  # for the descriptor that tells of refused calls


def _be_child(way: str, files_mb: float, settings: dict[str, Any], workspace: str, ends: Ends) -> None:
    """In the child: raise the walls, wait for the job, live it, end."""
    try:
        _keep_only(*ends[:3], ends.line.fileno())
        _raise_walls(way, files_mb, settings, workspace, ends)
        os.write(ends.answers, b"ready")
        os.dup2(ends.log, 1)
        os.dup2(ends.log, 2)
        os.close(ends.log)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
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


def _raise_walls(way: str, files_mb: float, settings: dict[str, Any], workspace: str, ends: Ends) -> None:
    if way == "namespaces":
        confine.furnish(files_mb, os.getuid())
    if way == "plain":
        os.setsid()
        if os.geteuid() == 0:
            os.chown(workspace, settings["nobody"], settings["nobody"])
            confine.become(settings["nobody"], keep_reading=settings["keep_reading"])
    else:
        syscalls.give(ends.line, confine.drop_privileges(settings["filters"]))
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
