"""A process that makes inner runs: one on each line of standard input, what came of it on a line of
standard output.

It ends at once when its input does, in the middle of a run, too: nothing outlives an engine that
was killed. What the run's sandbox held is then removed by those who watch over it.
"""

from __future__ import annotations

import asyncio
import json
import os
import queue
import shutil
import sqlite3
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from cladogen.bench.trial import BenchRun, Measured, run_trial
from cladogen.errors import CladogenError, ConfigError, ProblemError, ScorerError
from cladogen.record.store import Store

OWN = (ConfigError, ProblemError, ScorerError)  # errors that a configuration brings about
ENDED = 130
WORDS = 500  # characters of an error


def main() -> int:
    """Work off the lines; return the exit code."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a rule or a proposer prints must not look like an answer
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    busy: list[Mapping[str, Any]] = []
    threading.Thread(target=_read, args=(sys.stdin, lines, busy), daemon=True).start()
    while line := lines.get():
        asked = json.loads(line)
        busy.append(asked)
        answer = answered(asked)
        busy.clear()
        print(json.dumps(answer), file=answers, flush=True)
    return 0


def _read(lines: TextIO, found: queue.SimpleQueue[str], busy: list[Mapping[str, Any]]) -> None:
    """Hand lines over; where there are no more, nobody waits for an answer. A run that asks models
    is left for who goes on with it.
    """
    for line in lines:
        found.put(line)
    for asked in list(busy):
        if not asked["settings"]["models"]:
            shutil.rmtree(asked["folder"], ignore_errors=True)
        os._exit(ENDED)
    found.put("")


def answered(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Make one run; a run that breaks is an answer, too. ``away``: the world's failure, of which
    nothing can be learnt.
    """
    trial = BenchRun(**asked)
    try:
        measured = asyncio.run(run_trial(trial))
    except OWN as error:
        measured = Measured(failed=str(error))
    except CladogenError as error:
        return {"away": str(error)}
    except (OSError, sqlite3.Error) as error:  # a full disk, too many files: not the choices' doing
        return {"away": _line(error)}
    except Exception as error:  # noqa: BLE001  (the border: rules and proposers may be anybody's)
        measured = Measured(failed=_line(error))
    if measured is None:
        return {"away": "the inner run was interrupted"}
    if measured.stop.startswith("away"):
        return {"away": measured.stop}
    return {**asdict(measured), "flags": _flags(Path(trial.folder))}


def _line(error: Exception) -> str:
    """Return an error as one line, with the place that it came from."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{text[:WORDS]}{where}"


def _flags(folder: Path) -> list[str]:
    """Return what a run said of itself that must not be hidden: a rule that gives no weights."""
    if not (folder / "run.db").exists():
        return []
    store = Store.open(folder)
    try:
        return [str(event.body.get("text", "")) for event in store.events("flag")]
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
