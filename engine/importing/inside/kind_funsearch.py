"""A specification: its run function is called with the case's input."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any


def report(plan: dict[str, Any]) -> dict[str, Any]:
    """Return the score of one input; one that is no number is a failure."""
    path = os.path.join(plan["root"], plan["program"])
    module: Any = type(sys)("specification")
    sys.modules["specification"] = module
    module.funsearch = importlib.import_module("funsearch")
    with open(path, encoding="utf-8") as stream:
        exec(compile(stream.read(), path, "exec"), module.__dict__)
    value = getattr(module, plan["function"])(plan["case"])
    if value is None:
        return {"failed": f"{plan['function']}({plan['case']!r}) returned None"}
    return {"metrics": {plan["objective"]: value}}
