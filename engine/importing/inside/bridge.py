"""The entry of a program whose evaluator came with it: runs that evaluator on the program, inside
the sandbox, and returns what it reports as plain data.

The evaluator shares the sandbox with the candidate, so what it reports is only reported.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import sys
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST = 20_000  # characters of feedback


def run(case: Any) -> dict[str, Any]:
    """Return metrics, feedback, and why the program failed ("": it did not)."""
    with open(os.path.join(HERE, "plan.json"), encoding="utf-8") as stream:
        plan = json.load(stream)
    sys.path[:0] = [HERE]
    kind = importlib.import_module(f"kind_{plan['kind']}")
    plan["root"] = os.path.dirname(HERE)
    plan["case"] = case
    found = kind.report(plan)
    return {
        "metrics": numbers(found.get("metrics", {})),
        "feedback": str(found.get("feedback") or "")[:LONGEST],
        "failed": " ".join(str(found.get("failed") or "").split())[:500],
    }


def numbers(values: dict[Any, Any]) -> dict[str, float]:
    """Return the finite numbers of a table; booleans and what is no number are left out."""
    found = {}
    for name, value in values.items():
        if isinstance(value, (bool, str, bytes)) or type(value).__name__ in ("bool", "bool_"):
            continue
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            continue
        if math.isfinite(number):
            found[str(name)] = number
    return found
