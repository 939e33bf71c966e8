"""The process that stays: takes jobs from the engine, starts one child for each, guards it,
reports, and cleans up.

It is process 1 of its sandbox. It never runs or parses anything of the program: what comes from the
engine is passed on to the child through one small buffer, and what comes back is copied to memory
that is given back to the kernel afterwards, so that a later child, a fork of this process, inherits
nothing. The next child is forked before its job is read, and so holds nothing of it that it is not
handed. When standard input ends, the engine is gone, and so is everything here.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from typing import Any

from cladogen.sandboxes.inside import confine, door, folders, memory, watch
from cladogen.sandboxes.inside.child import Child
from cladogen.sandboxes.inside.group import Group, find
from cladogen.sandboxes.inside.line import END, HEAD, HELLO, REPORT, RESULT, START, EngineLine
from cladogen.sandboxes.inside.result import CallResult


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
        folders.make_held(f"cladogen-local-{os.getpid()}-") if settings["way"] == "plain" else ""
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


def _group(wanted: Any) -> Group | None:
    """Return the control group: the container's own, or one that the engine made and opened."""
    if wanted == "own":
        return find()
    return Group(wanted) if wanted else None


class Supervisor:
    """One line to the engine, one child at a time."""

    def __init__(self, down: int, up: int, settings: dict[str, Any]) -> None:
        self.line = EngineLine(down, up, settings["scratch"])
        self.settings = {**settings, "told": socket.socketpair()}  # see `syscalls.give`
        self.way = settings["way"]
        self.files_mb = float(settings["files_mb"])
        self.group = _group(settings["group"])
        self.settings["counted"] = self.group
        self.child: Child | None = None
        self.why = ""
        self.fresh = memory.Fresh()
        self.others = 0  # processes that count against the same limit

    def hello(self, versions: dict[str, str]) -> None:
        """Try the strongest way first, and say which one works here."""
        confine.tell_faults(own_pids=self.way == "namespaces")
        if self.way == "namespaces":
            try:
                self.child = self.prepare()
            except OSError as error:
                self.way, self.why = "wipe", str(error)
                confine.tell_faults(own_pids=False)
        if self.child is None:
            self.child = self.prepare()
        self.fresh = memory.fresh(self.child.pid, self.group)
        self.others = confine.other_processes(own_user=self.way == "namespaces")
        about = {
            "way": self.way, "why": self.why, "python": sys.version.split()[0], "modules": versions,
            "counted": self.child.clock.way, "pid": os.getpid(),
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
        limits["command"] = isinstance(start["entry"], list)
        text = json.dumps(start).encode()
        guard = watch.Guard(child, self.line, limits, self.group, self.fresh)
        guard.pass_on(len(text).to_bytes(8, "big") + text)
        _, size = self.line.head()
        guard.pass_on(size.to_bytes(8, "big"), size)
        for index in range(start["calls"]):
            _, size = self.line.head()
            result = guard.call(size)
            if result.abnormal or index == start["calls"] - 1:
                child.stop()  # it ends while the result is sent
            self.report(nonce, result)
            if result.abnormal:
                self.line.skip_frames(start["calls"] - index - 1)
                return

    def report(self, nonce: bytes, result: CallResult) -> None:
        detail, log, output = result.parts()
        sizes = (len(detail), sum(len(part) for part in log), len(output))
        body = REPORT.pack(
            nonce,
            result.status,
            result.wall_s,
            result.cpu_s,
            result.peak_mb,
            result.output_bytes,
            *sizes,
        )
        self.line.write(HEAD.pack(RESULT, len(body) + sum(sizes)) + body)
        for part in (detail, *log, output):
            self.line.write(part)
