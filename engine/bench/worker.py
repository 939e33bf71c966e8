"""A worker process: a trial on each line of standard input, what came of it on a line of standard
output.

It ends when its input does, so that nothing outlives a parent that was killed but the trial it was
at.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from dataclasses import asdict
from typing import Any, TextIO

from cladogen.bench.trial import BenchRun, Measured, run_trial
from cladogen.errors import CladogenError


def main() -> int:
    """Work off the lines; return the exit code."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a rule or a proposer prints must not look like an answer
    try:
        serve(sys.stdin, answers)
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    return 0


def serve(lines: TextIO, answers: TextIO) -> None:
    """Answer every line with a JSON object: measured, null after an interrupt, or why it failed."""
    for line in lines:
        print(json.dumps(answer(BenchRun(**json.loads(line)))), file=answers, flush=True)


def answer(trial: BenchRun) -> dict[str, Any] | None:
    """Run one trial; a trial that breaks is an answer too, and does not end the others."""
    try:
        measured = asyncio.run(run_trial(trial))
    except CladogenError as error:
        measured = Measured(failed=str(error))
    except Exception as error:  # noqa: BLE001  (the border: archives and proposers may be the user's own)
        traceback.print_exc()
        measured = Measured(failed=f"{type(error).__name__}: {error}")
    return None if measured is None else asdict(measured)


if __name__ == "__main__":
    sys.exit(main())
