"""The process that stays: takes jobs from the engine, starts one child for each, guards it,
reports, and cleans up.

It is forked from a template that has loaded what candidates will import and has never been told
anything of a program, so that another supervisor takes no start of its own: whenever the engine
asks to RENEW it, this one ends and the template forks the next. Where children have no namespaces
of their own there is no template, and it is process 1 of its sandbox, which nobody inside can
signal.

It never runs or parses anything of the program: what comes from the
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
from typing import Any, NoReturn

from cladogen.sandboxes.inside import confine, folders, listeners, memory, watch
from cladogen.sandboxes.inside.child import Child
from cladogen.sandboxes.inside.group import GroupCounters, find
from cladogen.sandboxes.inside.line import (
    END,
    HEAD,
    HELLO,
    RENEW,
    REPORT,
    RESULT,
    START,
    EngineLine,
)
from cladogen.sandboxes.inside.result import CallResult

RENEWED = 5  # the exit status of a supervisor that makes room for the next


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
        listeners.hand_over()
    if settings.get("models"):
        listeners.hand_over_models()
    sys.path[:0] = settings["path"]
    sys.dont_write_bytecode = True
    versions = _preload(settings["preload"])
    gc.collect()
    gc.freeze()
    settings["group"] = settings["counted"] = _group(settings["group"])
    way, why = _way(settings)
    if way == "wipe":
        _supervise(down, up, {**settings, "way": way, "why": why}, versions)
    _renew(down, up, {**settings, "way": way, "why": why, "renews": True}, versions)


def _renew(down: int, up: int, settings: dict[str, Any], versions: dict[str, str]) -> NoReturn:
    """Supervise in a process that is begun anew whenever it asks for it."""
    while True:
        supervisor = os.fork()
        if supervisor == 0:
            confine.guard_supervisor()
            confine.die_with_parent()
            _supervise(down, up, settings, versions)
        _, status = os.waitpid(supervisor, 0)
        if os.waitstatus_to_exitcode(status) != RENEWED:
            os._exit(0)


def _supervise(down: int, up: int, settings: dict[str, Any], versions: dict[str, str]) -> NoReturn:
    settings["scratch"] = ""
    if settings["way"] == "plain":
        settings["scratch"] = folders.make_held(f"cladogen-local-{os.getpid()}-")
        os.chmod(settings["scratch"], 0o711)  # others may pass through, to what is theirs
    supervisor = Supervisor(down, up, settings)
    supervisor.hello(versions)
    supervisor.serve()


def _way(settings: dict[str, Any]) -> tuple[str, str]:
    """Return the strongest way to confine a child that works here, and why it is not a stronger
    one.
    """
    if settings["way"] != "namespaces":
        return settings["way"], ""
    confine.tell_faults()
    trial = {**settings, "listener": socket.socketpair(), "scratch": ""}
    try:
        Child("namespaces", float(settings["files_mb"]), trial).end()
    except OSError as error:
        return "wipe", str(error)
    finally:
        for end in trial["listener"]:
            end.close()
    return "namespaces", ""


def _preload(names: list[str]) -> dict[str, str]:
    versions = {}
    for name in [*names, *(f"{name}.random" for name in names if name == "numpy")]:
        try:
            versions[name] = str(getattr(importlib.import_module(name), "__version__", ""))
        except ImportError:
            continue
    return versions


def _group(wanted: Any) -> GroupCounters | None:
    """Return the control group: the container's own, or one that the engine made and opened."""
    if wanted == "own":
        return find()
    return GroupCounters(wanted) if wanted else None


class Supervisor:
    """One line to the engine, one child at a time."""

    def __init__(self, down: int, up: int, settings: dict[str, Any]) -> None:
        self.line = EngineLine(down, up, settings["scratch"])
        self.settings = {**settings, "listener": socket.socketpair()}  # see `syscalls.give`
        self.way = settings["way"]
        self.files_mb = float(settings["files_mb"])
        self.group: GroupCounters | None = settings["group"]
        self.child: Child | None = None
        self.fresh = memory.Fresh()
        self.others = 0  # processes that count against the same limit

    def hello(self, versions: dict[str, str]) -> None:
        """Say what is here, and how a child is confined."""
        confine.tell_faults()
        self.child = self.prepare()
        self.fresh = memory.fresh(self.child.candidate, self.group)
        self.others = confine.other_processes(own_user=self.way == "namespaces")
        about = {
            "way": self.way, "why": self.settings["why"],
            "renews": bool(self.settings.get("renews")), "python": sys.version.split()[0],
            "modules": versions, "counted": self.child.clock.way, "pid": os.getpid(),
        }  # fmt: skip
        self.line.send(HELLO, json.dumps(about).encode())

    def serve(self) -> NoReturn:
        while True:
            if self.child is None:
                self.child = self.prepare()
            kind, size = self.line.head()
            if kind == RENEW:
                self.leave()
            if kind != START:
                os._exit(3)
            start = json.loads(self.line.take(size))
            nonce = self.line.take(16)
            # Who ended while it waited was killed by somebody else, and no program is to blame.
            if start["limits"]["files_mb"] != self.files_mb or self.child.has_ended():
                self.files_mb = start["limits"]["files_mb"]
                self.end_child()
                self.child = self.prepare()
            self.job(start, nonce)
            self.end_child()
            self.line.send(END, b"")

    def leave(self) -> NoReturn:
        """Make room for another supervisor."""
        self.end_child()
        if self.settings["scratch"]:
            folders.remove(self.settings["scratch"])
        os._exit(RENEWED)

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
        guard = watch.ChildLimits(child, self.line, limits, self.group, self.fresh)
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
        sizes = (len(detail), sum(map(len, log)), len(output))
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
