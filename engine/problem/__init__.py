"""Problems: the folder a user writes, read and checked whole."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cladogen.problem.problem import Problem
    from cladogen.problem.values import Constraint, Metric, Stage

_HOMES = {"Problem": "problem", "Constraint": "values", "Metric": "values", "Stage": "values"}
__all__ = ["Constraint", "Metric", "Problem", "Stage", "load"]


def load(folder: Path | str, variant: str = "", *, seeds: bool = True) -> Problem:
    """Return the problem in ``folder``, with the overrides of ``variant``; ProblemError says what
    is wrong where.

    ``seeds`` False leaves the seed programs out: enough to read scores by.
    """
    from cladogen.problem.read import read

    return read(folder, variant, seeds=seeds)


def __getattr__(name: str) -> Any:
    # Loaded when asked for: a scorer's process starts each time, and needs next to nothing of this.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
