"""What a program returned, run: a job of its own for each output, that knows nothing of the case's
answer.

The inputs go in one by one; what was written comes back as data, which only the scorer reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from cladogen.errors import SandboxError, WorldAway
from cladogen.evaluation import Status
from cladogen.evaluators.scorer import Output, Scorer, Verdict
from cladogen.program import File, Program
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox
from cladogen.scoring import Launch

MOST_WRITTEN = 1 << 20  # characters of standard output
_RUNNER = "cladogen_runner.py"
_OWN_S = 2.0  # for Python around the command
_RUN = f"""
import subprocess
def run(asked):
    command, text, seconds = asked
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=seconds)
    except FileNotFoundError:
        return ["missing", "", command[0] + ": not found"]
    except OSError as error:
        return ["crash", "", f"{{command[0]}}: {{error.strerror}}"]
    except subprocess.TimeoutExpired:
        return ["timeout", "", f"took more than {{seconds:g}} s"]
    words = [part.decode("utf-8", "replace") for part in (done.stdout, done.stderr)]
    return ["crash" if done.returncode else "ok", words[0][:{MOST_WRITTEN}], words[1][-2000:]]
"""


async def launched(
    outputs: Sequence[Output], scorer: Scorer, sandbox: Sandbox, limits: Limits
) -> tuple[list[Output], list[tuple[str, str]]]:
    """Have outputs run, each for each of its cases; return those that can be scored, and case and
    reason of those that the world spoilt.
    """
    single = [replace(each, cases=(case,)) for each in outputs for case in each.cases]
    done = await asyncio.gather(*(_launch(each, scorer, sandbox, limits) for each in single))
    whole, failed = [], []
    for each in done:
        spoilt = _spoilt(each.ran)
        if spoilt is None:
            whole.append(each)
        else:
            failed.append((each.cases[0], spoilt.detail))
    return whole, failed


async def _launch(output: Output, scorer: Scorer, sandbox: Sandbox, limits: Limits) -> Output:
    """Return an output with what came of it, unless its verdict is known or there is nothing to
    run.
    """
    (case,) = output.cases
    if scorer.knows(case, output.data):
        return output
    launch = await scorer.launch(case, output)
    if isinstance(launch, Verdict):
        return output
    ran: Sequence[Execution]
    try:
        ran = await sandbox.run(job_for(launch, limits))
    except WorldAway:
        raise
    except SandboxError as error:
        ran = (Execution(Status.INFRA, detail=str(error)),)
    return replace(output, ran=tuple(ran))


def _spoilt(ran: Sequence[Execution] | None) -> Execution | None:
    """Return the run of an output that the world spoilt, None when there is none."""
    return next((each for each in ran or () if each.status is Status.INFRA), None)


def job_for(launch: Launch, limits: Limits) -> Job:
    """Return the job that runs an output under a problem's limits: a call for each input."""
    files = {path: File(text.encode("utf-8", "replace")) for path, text in launch.files.items()}
    whole = {**files, _RUNNER: File(_RUN.encode())}
    calls = [
        Call(wire.encode([list(launch.command), text, launch.time_s])) for text in launch.inputs
    ]
    most_s = launch.time_s + _OWN_S
    return Job(
        whole,
        f"{_RUNNER}:run",
        tuple(calls),
        replace(limits, time_s=most_s, cpu_s=None, output_mb=None),
        launch.build,
        Program.of(whole).id,
    )
