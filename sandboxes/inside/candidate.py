"""What a child does: take the program, answer the calls one by one, and end.

From the first line of the program on, nothing here can be relied upon: the program shares this
process. So nothing here decides anything. Limits, clocks and the result's frame belong to the
supervisor; a program that forges what this file writes only forges its own output.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
import traceback
from typing import Any, BinaryIO

from cladogen.sandboxes import wire
from cladogen.sandboxes.inside import confine, packing
from cladogen.sandboxes.inside.failure import (
    ANSWER,
    CALL,
    CRASH,
    INFRA,
    INVALID,
    OK,
    OUT_OF_MEMORY,
    CandidateFailure,
    Used,
)
from cladogen.sandboxes.inside.program import LoadedProgram

_MIB = 1 << 20
_LONGEST = 20_000  # characters of a traceback


def live(job: BinaryIO, answers: int, workspace: str) -> None:
    """Serve one job from ``job``, writing answers to the descriptor ``answers``; returns when the
    calls are done.
    """
    import json

    start = json.loads(_frame(job))
    os.environ.update(start["environment"])
    program = LoadedProgram(start, workspace)
    if isinstance(program.entry, list):
        confine.hide()  # a command runs as the same user, and must not read or change its runner
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
        program.used = Used()
        attempt = _attempt(program, broken, packing.unpack(frame) if size else {}, seed, data)
        _answer(answers, token, program.used, *attempt)
    job.read(1)  # what was used is measured while this process lives; then it is ended


def _frame(job: BinaryIO) -> bytes:
    return job.read(int.from_bytes(job.read(8), "big"))


def _attempt(
    program: LoadedProgram, broken: str, overlay: packing.Files, seed: int, data: bytes
) -> tuple[int, str, bytes]:
    try:
        if broken:
            raise CandidateFailure(INFRA, broken)
        with program.overlaid(overlay):
            return OK, "", program.call(seed, data)
    except CandidateFailure as failure:
        return failure.kind, failure.detail, b""
    except MemoryError:
        return OUT_OF_MEMORY, "MemoryError: more memory than the limit", b""
    except wire.WireError as error:
        return INVALID, f"the returned value cannot be encoded: {error}", b""
    # The border where foreign code runs: SystemExit and KeyboardInterrupt are its doing too.
    except BaseException as error:  # noqa: BLE001
        return CRASH, _explain(error, program.root), b""


def _answer(answers: int, token: bytes, used: Used, kind: int, detail: str, output: bytes) -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue  # the program closed or replaced it
    text = detail.encode("utf-8", "replace")[:2000]
    view = memoryview(
        ANSWER.pack(token, kind, len(text), len(output), used.cpu_ms, used.peak_kib) + text + output
    )
    while view:
        view = view[os.write(answers, view) :]


def _explain(error: BaseException, root: str) -> str:
    """Write the traceback, of the program's own frames, to the log; return the error and where it
    came from.
    """
    trace = traceback.TracebackException.from_exception(error)
    _keep_own_frames(trace, root)
    _log("".join(trace.format()).replace(root + "/", ""))
    lines = [line for line in trace.format_exception_only() if not line.startswith("  File")]
    if isinstance(error, SyntaxError):
        lines = lines[-1:]
    text = " ".join("".join(lines).split())
    short = text if len(text) <= 700 else f"{text[:450]} ... {text[-200:]}"
    places = _places(error, trace.stack, root)
    where = f" ({', called at '.join(places[:5])})" if places else ""
    return short + _advice(error) + where


def _keep_own_frames(trace: traceback.TracebackException, root: str) -> None:
    """Take out of a traceback, and of those of its causes, what is not the program's."""
    link: traceback.TracebackException | None = trace
    while link is not None:
        own = [frame for frame in link.stack if frame.filename.startswith(root)]
        link.stack = traceback.StackSummary.from_list(_ends(own))
        link = link.__cause__ or link.__context__


def _log(text: str) -> None:
    """Write the end of a text to standard error."""
    try:
        os.write(2, text[-_LONGEST:].encode("utf-8", "replace"))
    except OSError:
        pass  # the program closed it; what follows must do


def _places(error: BaseException, stack: traceback.StackSummary, root: str) -> list[str]:
    """Return where an error came from, the innermost place first."""
    places = [
        f"{os.path.relpath(frame.filename, root)}:{frame.lineno}" for frame in reversed(stack)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        places.insert(0, f"{error.filename.replace(root + '/', '')}:{error.lineno}")
    return places


def _advice(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno == errno.EROFS:
        return "; only the working folder and $TMPDIR can be written"
    return ""


def _ends(frames: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    return frames if len(frames) <= 30 else [*frames[:10], *frames[-20:]]


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
    signal.signal(
        signal.SIGXFSZ, signal.SIG_IGN
    )  # a file past its limit is an OSError, as on a full disk
