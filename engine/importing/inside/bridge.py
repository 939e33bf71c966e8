"""The entry of a program whose evaluator came with it: runs that evaluator on the program, inside
the sandbox, and returns what it reports as plain data.

The evaluator shares the sandbox with the candidate, so what it reports is only reported.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import re
import sys
import traceback
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST = 20_000  # characters of feedback
WORDS = 500  # characters of why a program failed
LINE = 120  # characters of the line that it failed at
BLOCK = re.compile(
    r'^([ \t]*)File "([^"\n]+)", line \d+[^\n]*\n?(?:\1[ \t]+[^\n]*\n?)*', re.MULTILINE
)
FRAME = re.compile(r'File "([^"]+)", line (\d+)[^\n]*(?:\n[ \t]+(\S[^\n]*))?')


def run(case: Any) -> dict[str, Any]:
    """Return metrics, feedback, and why the program failed ("": it did not)."""
    with open(os.path.join(HERE, "plan.json"), encoding="utf-8") as stream:
        plan = json.load(stream)
    sys.path[:0] = [HERE]
    kind = importlib.import_module(f"kind_{plan['kind']}")
    plan["root"] = os.path.dirname(HERE)
    plan["case"] = case
    sys.stdout, sys.stderr = printed = _Overheard(sys.stdout), _Overheard(sys.stderr)
    try:
        found = kind.report(plan)
    except Exception as error:
        _say_where(error, plan)
        raise
    feedback = str(found.get("feedback") or "")
    failed = words(str(found.get("failed") or ""), plan)
    if failed:
        failed += place("\n".join([*(each.text for each in printed), feedback]), plan, failed)
    return {
        "metrics": numbers(found.get("metrics", {})),
        "feedback": feedback[:LONGEST],
        "failed": failed,
    }


def _say_where(error: Exception, plan: dict[str, Any]) -> None:
    """Add to an error the line of the program that it came from, where the evaluator ran a copy of
    it: the sandbox names files of the working copy only.
    """
    text, program = "".join(traceback.format_exception(error)), str(plan.get("program") or "")
    own = [path for path, *_ in FRAME.findall(text) if _is_of(path, program)]
    copied = own and not own[-1].startswith(str(plan["root"]))
    if copied and hasattr(error, "add_note"):
        error.add_note(place(text, plan, str(error)).strip())


def words(text: str, plan: dict[str, Any]) -> str:
    """Return why a program failed, in one line. Of a traceback the frames of the program stay, for
    those of the evaluator would fill the line.
    """
    program = str(plan.get("program") or "")
    own = BLOCK.sub(lambda frame: frame[0] if _is_of(frame[2], program) else "", text)
    line = " ".join(own.split())
    from_last = max(0, line.rfind('File "')) if len(line) > WORDS else 0
    return line[from_last : from_last + WORDS]


class _Overheard:
    """A stream of which the end is kept: an evaluator that catches an exception may print it."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.text = stream, ""

    def write(self, text: str) -> int:
        """Write a text."""
        self.text = (self.text + text)[-LONGEST:]
        return int(self.stream.write(text) or 0)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def place(text: str, plan: dict[str, Any], failed: str) -> str:
    """Return the last line of the program that tracebacks in a text name, "" where none does, or
    where ``failed`` names it. An evaluator may run a copy of the program, under another path.
    """
    program = str(plan.get("program") or "")
    own = _frames_of(program, text)
    if not program or not own:
        return ""
    _, number, source = own[-1]
    where = f"{os.path.basename(program)}:{number}"
    if where in failed:
        return ""
    return f" ({where}: {source.strip()[:LINE]})" if source else f" ({where})"


def _frames_of(program: str, text: str) -> list[Any]:
    return [each for each in FRAME.findall(text) if _is_of(each[0], program)]


def _is_of(path: str, program: str) -> bool:
    return os.path.basename(path) == os.path.basename(program)


def numbers(values: dict[Any, Any]) -> dict[str, float]:
    """Return the finite numbers of a table; booleans and what is no number are left out."""
    pairs = ((str(name), _number(value)) for name, value in values.items())
    return {name: number for name, number in pairs if math.isfinite(number)}


def _number(value: Any) -> float:
    """Return a value as a number, NaN for what is none."""
    if isinstance(value, (bool, str, bytes)) or type(value).__name__ in ("bool", "bool_"):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
