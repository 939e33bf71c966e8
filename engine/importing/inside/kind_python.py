"""A Python function that takes the program's path, its text, or its function."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import os
import sys
from collections.abc import Mapping
from typing import Any


def report(plan: dict[str, Any]) -> dict[str, Any]:
    """Call the function on the program and return what it said."""
    evaluator = os.path.join(plan["root"], "evaluator")
    sys.path[:0] = [evaluator]
    module = load(os.path.join(evaluator, plan["evaluator"]), "evaluator_module")
    arguments = [subject(plan)]
    if plan["with_case"]:
        arguments.append(plan["case"])
    value = getattr(module, plan["function"])(*arguments)
    if inspect.isawaitable(value):
        value = asyncio.run(awaited(value))
    return read(value, plan["metric"])


def subject(plan: dict[str, Any]) -> Any:
    """Return what the function is called with."""
    if isinstance(plan["program"], list):
        return {name: text_of(os.path.join(plan["root"], name)) for name in plan["program"]}
    path = os.path.join(plan["root"], plan["program"])
    if plan["takes"] == "path":
        return path
    if plan["takes"] == "text":
        return text_of(path)
    function = getattr(load(path, "program_module"), plan["entry"], None)
    if function is None:
        raise AttributeError(f"{plan['program']}: no function {plan['entry']!r}")
    return function


def text_of(path: str) -> str:
    """Return a file's text."""
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def load(path: str, name: str) -> Any:
    """Return a file as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


async def awaited(value: Any) -> Any:
    """Return what is awaited."""
    return await value


def read(value: Any, metric: str) -> dict[str, Any]:
    """Return metrics and feedback of a number, a table, or a pair of one and more words."""
    value, about = _parted(value)
    feedback = words(about)
    if hasattr(value, "metrics"):
        feedback = getattr(value, "feedback", "") or feedback
        value = value.metrics
    if not isinstance(value, Mapping):
        return {"metrics": {metric: number(value)}, "feedback": feedback}
    metrics = {name: number(each) for name, each in value.items()}
    return {"metrics": metrics, "feedback": feedback or words(value)}


def _parted(value: Any) -> tuple[Any, Any]:
    """Return what is measured, and what a pair says besides."""
    if isinstance(value, tuple) and len(value) == 2:
        return value[0], value[1]
    return value, ""


def number(value: Any) -> Any:
    """Return true as 1 and false as 0, and anything else as it is."""
    return int(value) if type(value).__name__ in ("bool", "bool_") else value


def words(values: Any) -> str:
    """Return the entries of a table that are no numbers, as lines; anything else as a text."""
    if values is None:
        return ""
    if not isinstance(values, Mapping):
        return str(values)
    without = (int, float, type(None))
    said = {name: value for name, value in values.items() if not isinstance(value, without)}
    return "\n".join(f"{name}: {value}" for name, value in said.items())
