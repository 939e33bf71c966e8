"""What a child does: take the program, answer the calls one by one, and end.

From the first line of the program on, nothing here can be relied upon: the program shares this process. So nothing here
decides anything. Limits, clocks and the result's frame belong to the supervisor; a program that
forges what this file writes only forges its own output.
"""

from __future__ import annotations

import faulthandler
import importlib
import importlib.util
import linecache
import os
import random
import resource
import select
import signal
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from cladogen.sandboxes import wire
from cladogen.sandboxes.inside import confine, packing

OK, CRASH, INVALID, OUT_OF_MEMORY, INFRA, TOO_LARGE, REFUSED = range(7)
ANSWER = struct.Struct(">8sBIQ")  # token, kind, bytes of detail, bytes of output
CALL = struct.Struct(">8sqI")  # token, seed, bytes of overlay
_MIB = 1 << 20


class Failure(Exception):  # noqa: N818  (an answer, as a refusal is)
    """An answer that is not an output: its kind and one line of why."""

    def __init__(self, kind: int, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def live(job: BinaryIO, answers: int, workspace: str) -> None:
    """Serve one job from ``job``, writing answers to the descriptor ``answers``; returns when the calls are done."""
    import json

    start = json.loads(_frame(job))
    program = Program(start, workspace)
    if isinstance(program.entry, list):
        confine.hide()  # a command runs as the same user, and must not read or change its runner
    else:
        _tell_faults()
    _set_limits(start["limits"], start["calls"])
    broken = ""
    try:
        program.write(packing.unpack(_frame(job)))
    except OSError as error:
        broken = f"the program's files do not fit in the sandbox: {error.strerror or error}"
    for _ in range(start["calls"]):
        token, seed, size = CALL.unpack(job.read(CALL.size + 8)[8:])
        frame = job.read(size)
        data = job.read(int.from_bytes(job.read(8), "big"))
        _answer(answers, token, *_attempt(program, broken, packing.unpack(frame) if size else {}, seed, data))
    job.read(1)  # what was used is measured while this process lives; then it is ended


def _tell_faults() -> None:
    """Write where the program was to standard error when a fault in C code ends it."""
    if os.getpid() == 1:
        confine.exit_when_aborted()
    faulthandler.enable(2, all_threads=False)


def _frame(job: BinaryIO) -> bytes:
    return job.read(int.from_bytes(job.read(8), "big"))


def _attempt(program: Program, broken: str, overlay: packing.Files, seed: int, data: bytes) -> tuple[int, str, bytes]:
    try:
        if broken:
            raise Failure(INFRA, broken)
        with program.overlaid(overlay):
            return OK, "", program.call(seed, data)
    except Failure as failure:
        return failure.kind, failure.detail, b""
    except MemoryError:
        return OUT_OF_MEMORY, "MemoryError: more memory than the limit", b""
    except wire.WireError as error:
        return INVALID, f"the returned value cannot be encoded: {error}", b""
    # The border where foreign code runs: SystemExit and KeyboardInterrupt are its doing too.
    except BaseException as error:  # noqa: BLE001
        return CRASH, _explain(error, program.root), b""


def _answer(answers: int, token: bytes, kind: int, detail: str, output: bytes) -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue  # the program closed or replaced it
    text = detail.encode("utf-8", "replace")[:2000]
    view = memoryview(ANSWER.pack(token, kind, len(text), len(output)) + text + output)
    while view:
        view = view[os.write(answers, view) :]


def _explain(error: BaseException, root: str) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(root)]
    where = f" ({os.path.relpath(frames[-1].filename, root)}:{frames[-1].lineno})" if frames else ""
    shown = traceback.format_list(frames) + traceback.format_exception_only(type(error), error)
    try:
        sys.stderr.write("".join(shown).replace(root + "/", ""))
    except (OSError, ValueError, AttributeError):
        where += " "  # no standard error left to explain on
    lines = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
    return (lines[-1] if lines else type(error).__name__)[:500] + where


class Program:
    """The working copy, and how it is called."""

    def __init__(self, start: dict[str, Any], workspace: str) -> None:
        self.root = os.path.join(workspace, "program")
        self.entry = start["entry"]
        self.tree = start["tree"]
        self.limits = start["limits"]
        self.function: Callable[..., Any] | None = None
        self.files: packing.Files = {}

    def write(self, files: packing.Files) -> None:
        os.makedirs(self.root, exist_ok=True)
        os.chdir(self.root)
        self.files = files
        self._put(files)
        if isinstance(self.entry, str):
            sys.path.insert(0, self.root)

    def _put(self, files: packing.Files) -> None:
        for path, (data, executable) in files.items():
            target = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o755 if executable else 0o644)
            with open(descriptor, "wb") as stream:
                stream.write(data)

    def overlaid(self, overlay: packing.Files) -> _Overlay:
        return _Overlay(self, overlay)

    def swap(self, files: packing.Files) -> None:
        """Put ``files`` in place and forget every module that was loaded from the program."""
        self._put(files)
        self.function = None
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(self.root):
                del sys.modules[name]
        importlib.invalidate_caches()
        linecache.clearcache()

    def call(self, seed: int, data: bytes) -> bytes:
        if isinstance(self.entry, list):
            output = _run_command(self.entry, wire.as_json(data), seed, int(self.limits["output_mb"] * _MIB))
        else:
            value = wire.decode_trusted(data)
            _seed(seed)
            if self.function is None:
                self.function = _load(self.root, self.entry)
            output = wire.encode(self.function(value))
        return collect(self.root, int(self.limits["files_mb"] * _MIB)) if self.tree else output


class _Overlay:
    """Some files replaced for one call."""

    def __init__(self, program: Program, files: packing.Files) -> None:
        self.program = program
        self.files = files

    def __enter__(self) -> None:
        if self.files:
            self.program.swap(self.files)

    def __exit__(self, *_: object) -> None:
        if self.files:
            before = {path: file for path, file in self.program.files.items() if path in self.files}
            for path in set(self.files) - set(before):
                os.unlink(os.path.join(self.program.root, path))
            self.program.swap(before)


def _seed(seed: int) -> None:
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % (1 << 32))


def _load(root: str, entry: str) -> Callable[..., Any]:
    path, _, name = entry.rpartition(":")
    module_name = path.removesuffix(".py").replace("/", ".")
    spec = importlib.util.spec_from_file_location(module_name, os.path.join(root, path))
    if spec is None or spec.loader is None or not os.path.exists(os.path.join(root, path)):
        raise Failure(CRASH, f"{path}: no such file in the program")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise Failure(CRASH, f"{path}: no function {name!r}")
    found: Callable[..., Any] = function
    return found


def _run_command(command: list[str], text: bytes, seed: int, limit: int) -> bytes:
    inlet = os.memfd_create("input") if hasattr(os, "memfd_create") else os.open("/tmp", os.O_TMPFILE | os.O_RDWR)
    with open(inlet, "wb", closefd=True) as stream:
        stream.write(text)
        stream.flush()
        os.lseek(inlet, 0, os.SEEK_SET)
        environment = {**os.environ, "CLADOGEN_SEED": str(seed)}
        try:
            process = subprocess.Popen(command, stdin=inlet, stdout=subprocess.PIPE, env=environment, bufsize=0)
        except OSError as error:
            raise Failure(CRASH, f"{command[0]}: {error.strerror}") from None
    output = _capture(process, limit)
    _end_strays()
    code = process.wait()
    if code == -signal.SIGSYS:
        raise Failure(REFUSED, f"{command[0]} made a system call that the sandbox does not allow")
    if code < 0:
        raise Failure(CRASH, f"{command[0]} ended by signal {-code} ({signal.Signals(-code).name})")
    if code:
        raise Failure(CRASH, f"{command[0]} ended with exit status {code}")
    return output


def _capture(process: subprocess.Popen[bytes], limit: int) -> bytes:
    """Return what the process wrote before it ended; a daemon that keeps the pipe open is not waited for."""
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    os.set_blocking(pipe, False)
    pidfd = os.pidfd_open(process.pid)
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    poll.register(pidfd, select.POLLIN)
    parts = []
    size = 0
    ended = False
    while True:
        ready = dict(poll.poll(0 if ended else None))
        if not ended and pidfd in ready:
            ended = True
        if pipe in ready:
            part = os.read(pipe, 1 << 16)
            parts.append(part)
            size += len(part)
            if size > limit:
                raise Failure(TOO_LARGE, f"wrote more than {limit >> 20} MiB to standard output")
            if not part:
                poll.unregister(pipe)
        elif ended:
            os.close(pidfd)
            return b"".join(parts)


def _end_strays() -> None:
    if os.environ.get("CLADOGEN_OWN_PIDS") == "1":
        try:
            os.kill(-1, signal.SIGKILL)  # everything in this pid namespace but its init and this process
        except ProcessLookupError:
            return


def collect(root: str, limit: int) -> bytes:
    """Return the working copy packed; links, devices and more than ``limit`` bytes are refused."""
    files: packing.Files = {}
    size = 0
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in ("__pycache__", ".git")]
        for name in [*names, *(name for name in folders if os.path.islink(os.path.join(folder, name)))]:
            path = os.path.join(folder, name)
            shown = os.path.relpath(path, root)
            status = os.lstat(path)
            if not os.path.isfile(path) or os.path.islink(path):
                raise Failure(
                    INVALID, f"{shown[:200]}: left a link, device, pipe or socket; only plain files are taken"
                )
            size += status.st_size
            if size > limit:
                raise Failure(TOO_LARGE, f"left more than {limit >> 20} MiB of files")
            files[shown] = (_bytes(path), bool(status.st_mode & 0o111))
    return packing.pack(files)


def _bytes(path: str) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
        return stream.read()


def _set_limits(limits: dict[str, Any], calls: int) -> None:
    size = int(limits["files_mb"] * _MIB)
    for name, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, size),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_MEMLOCK, 64 << 10),
        (resource.RLIMIT_CPU, int(limits["cpu_s"] * calls) + 2),
        (resource.RLIMIT_NPROC, limits["nproc"]),
        (resource.RLIMIT_DATA, limits["data"]),
        (resource.RLIMIT_AS, limits["space"]),
    ):
        if value is not None:
            hard = resource.getrlimit(name)[1]
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(name, (bound, bound))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file past its limit is an OSError, as on a full disk
