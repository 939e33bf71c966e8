"""Which of the tools that a problem asks for are in its sandbox."""

from __future__ import annotations

from dataclasses import replace

from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Call, Job, Limits, Sandbox

PATIENCE_S = 60.0
_PROBE = """
import shutil
def run(names):
    return [name for name in names if shutil.which(name)]
"""


async def tools_in(sandbox: Sandbox, names: tuple[str, ...], limits: Limits) -> tuple[str, ...]:
    """Return those of ``names`` that a program finds; none where the sandbox cannot say."""
    job = Job(
        {"probe.py": File(_PROBE.encode())},
        "probe.py:run",
        (Call(wire.encode(list(names))),),
        replace(limits, time_s=max(PATIENCE_S, limits.time_s)),
    )
    (execution,) = await sandbox.run(job)
    if execution.status is not Status.OK or execution.output is None:
        return ()
    found = wire.decode(execution.output)
    return tuple(name for name in names if isinstance(found, list) and name in found)
