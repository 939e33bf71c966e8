"""A class with ``evaluate_program(program_str, callable_func)``."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from typing import Any


def report(plan: dict[str, Any]) -> dict[str, Any]:
    """Return what the class says of the program's function; None is a failure."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    path = os.path.join(plan["root"], plan["program"])
    package = plan["module"].split(".")[:-1]
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), *package))
    evaluation = getattr(importlib.import_module(plan["module"]), plan["class"])
    known = inspect.signature(evaluation).parameters
    arguments = {name: each for name, each in plan["arguments"].items() if name in known}
    judge = evaluation(**arguments)
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    value = judge.evaluate_program(text, _function(path, plan["function"]))
    if value is None:
        return {"failed": "the evaluation returned None: the program failed, or it caught why"}
    if isinstance(value, dict):
        return {"metrics": value}
    return {"metrics": _named(value, plan["objective"])}


def _named(value: Any, name: str) -> dict[str, Any]:
    """Return what an evaluation returned by ``name``; several objectives in a row are score,
    score_2 and so on.
    """
    row = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(row, (list, tuple)) or not row:
        return {name: value}
    return {"score": row[0], **{f"score_{at}": each for at, each in enumerate(row[1:], start=2)}}


def _function(path: str, name: str) -> Any:
    spec = importlib.util.spec_from_file_location("program", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["program"] = module
    spec.loader.exec_module(module)
    return getattr(module, name)
