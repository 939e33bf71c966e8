"""A program that is a command: run once for each call, JSON in and JSON out."""

from __future__ import annotations

import errno
import os
import resource
import select
import signal
import subprocess
import tempfile

from cladogen.sandboxes.inside.ending import watch_end
from cladogen.sandboxes.inside.failure import CRASH, REFUSED, TOO_LARGE, CandidateFailure, Used


def run_command(command: list[str], text: bytes, seed: int, limit: int, used: Used) -> bytes:
    """Return what the command writes to its standard output; what it used is put into ``used``."""
    with tempfile.TemporaryFile(dir=os.environ["TMPDIR"]) as inlet:
        inlet.write(text)
        inlet.seek(0)
        environment = {**os.environ, "CLADOGEN_SEED": str(seed)}
        try:
            process = subprocess.Popen(
                command, stdin=inlet, stdout=subprocess.PIPE, env=environment, bufsize=0
            )
        except OSError as error:
            raise CandidateFailure(CRASH, _not_started(command[0], error)) from None
    floor = resource.getrusage(
        resource.RUSAGE_SELF
    ).ru_maxrss  # what a new process inherits as its peak
    output = _capture(process, limit)
    _end_strays()
    _, status, usage = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(status)
    used.cpu_ms = int((usage.ru_utime + usage.ru_stime) * 1000)
    used.peak_kib = usage.ru_maxrss if usage.ru_maxrss > floor else 0
    if code == -signal.SIGSYS:
        raise CandidateFailure(
            REFUSED, f"{command[0]} made a system call that the sandbox does not allow"
        )
    if code:
        raise CandidateFailure(CRASH, f"{command[0]} {in_words(code)}")
    return output


def _not_started(program: str, error: OSError) -> str:
    """Return why a command cannot be started, and for a tool how to get it."""
    if error.errno != errno.ENOENT or "/" in program:
        return f"{program}: {error.strerror}"
    return (
        f"{program}: no such program in the sandbox; for Docker, [sandbox] image or dockerfile in "
        "problem.toml brings one; with --sandbox bubblewrap it is this machine's"
    )


def signal_name(number: int) -> str:
    """Return the name of a signal, also of one that has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unnamed"


def in_words(code: int) -> str:
    """Return how a process ended, of its exit code as `subprocess` tells it."""
    if code < 0:
        return f"ended by signal {-code} ({signal_name(-code)})"
    return f"ended with exit status {code}"


def _capture(process: subprocess.Popen[bytes], limit: int) -> bytes:
    """Return what the process wrote before it ended; a daemon that keeps the pipe open is not
    waited for.
    """
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    os.set_blocking(pipe, False)
    end = watch_end(process.pid)
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    poll.register(end, select.POLLIN)
    parts = []
    size = 0
    wait_ms: int | None = None  # 0 once the process has ended
    while True:
        ready = dict(poll.poll(wait_ms))
        if end in ready:
            wait_ms = 0
        if pipe in ready:
            part = os.read(pipe, 1 << 16)
            parts.append(part)
            size += len(part)
            _check_size(size, limit)
            if not part:
                poll.unregister(pipe)
        elif wait_ms == 0:
            os.close(end)
            return b"".join(parts)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise CandidateFailure(TOO_LARGE, f"wrote more than {limit >> 20} MiB to standard output")


def _end_strays() -> None:
    if os.environ.get("CLADOGEN_OWN_PIDS") == "1":
        try:
            os.kill(
                -1, signal.SIGKILL
            )  # everything in this pid namespace but its init and this process
        except ProcessLookupError:
            return
