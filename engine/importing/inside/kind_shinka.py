"""An evaluator that is a command: ``evaluate.py --program_path P --results_dir R``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

Table = dict[str, Any]


def report(plan: Table) -> Table:
    """Run the command and return what its result files say."""
    folder = os.path.join(plan["root"], "evaluator")
    results = tempfile.mkdtemp()
    program = os.path.join(plan["root"], plan["program"])
    command = [
        sys.executable,
        plan["evaluator"],
        "--program_path",
        program,
        "--results_dir",
        results,
    ]
    paths = [os.path.join(plan["root"], "evolve_bridge"), folder, os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    done = subprocess.run(command, cwd=folder, env=environment, check=False)
    metrics, correct = _read(results, "metrics.json"), _read(results, "correct.json")
    if metrics is None or correct is None:
        raise RuntimeError(
            f"{plan['evaluator']} ended with status {done.returncode} and wrote no results"
        )
    feedback = metrics.get("text_feedback")
    public = metrics.pop("public", None)
    shown = public if isinstance(public, dict) else {}
    return {
        "metrics": {**shown, **metrics},
        "feedback": _words(shown, feedback),
        "failed": _why_not(correct),
    }


def _why_not(correct: Table) -> str:
    return "" if correct.get("correct") is True else str(correct.get("error") or "not correct")


def _read(folder: str, name: str) -> Table | None:
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            value = json.load(stream)
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _words(shown: Table, feedback: Any) -> str:
    lines = [
        f"{name}: {each}" for name, each in shown.items() if not isinstance(each, (int, float))
    ]
    return "\n".join([*lines, *([str(feedback)] if feedback else [])])
