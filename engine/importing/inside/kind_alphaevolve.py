"""An evaluator that takes a program as a table with its files, and returns scores and insights."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import math
import os
import sys
from typing import Any

Table = dict[str, Any]


def report(plan: Table) -> Table:
    """Run the evaluator on the program and return what it reports."""
    path = os.path.join(plan["root"], "evaluator", plan["evaluator"])
    sys.path[:0] = [os.path.dirname(path)]
    spec = importlib.util.spec_from_file_location("evaluation_module", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["evaluation_module"] = module
    spec.loader.exec_module(module)
    value = getattr(module, plan["function"])({"content": {"files": _files(plan)}})
    if inspect.isawaitable(value):
        value = asyncio.run(_awaited(value))
    return _read(value, plan["objective"])


async def _awaited(value: Any) -> Any:
    return await value


def _files(plan: Table) -> list[Table]:
    found = []
    for path in plan["files"]:
        with open(os.path.join(plan["root"], path), encoding="utf-8") as stream:
            found.append({"path": path, "content": stream.read()})
    return found


def _read(value: Any, objective: str) -> Table:
    """Return metrics, words and a failure: a score that is none or not finite is one."""
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if not isinstance(value, dict):
        raise TypeError(f"the evaluator returned {type(value).__name__}, not an evaluation")
    scores, insights = _listed(value, "scores"), _listed(value, "insights")
    metrics = {str(each["metric"]): each.get("score") for each in scores}
    words = "\n".join(f"{each.get('label')}: {each.get('text')}" for each in insights)
    score = metrics.get(objective)
    failed = "" if _is_score(score) else words or f"the evaluator gave {objective} = {score}"
    return {"metrics": metrics, "feedback": words, "failed": failed}


def _is_score(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value > PENALTY


def _listed(value: Table, name: str) -> list[Any]:
    """Return the rows of a list that the API wraps in a table of its own name."""
    return (value.get(name) or {}).get(name) or []


# What the client's examples give a program that failed; no score is as low as that.
PENALTY = -1e100
