"""Problems: the folder a user writes, read and checked whole."""

from __future__ import annotations

from pathlib import Path

from cladogen.problem.problem import Problem
from cladogen.problem.values import Constraint, Metric, Stage

__all__ = ["Constraint", "Metric", "Problem", "Stage", "load"]


def load(folder: Path | str, variant: str = "", *, seeds: bool = True) -> Problem:
    """Return the problem in ``folder``, with the overrides of ``variant``; ProblemError says what
    is wrong where.

    ``seeds`` False leaves the seed programs out: enough to read scores by.
    """
    from cladogen.problem.read import read

    return read(folder, variant, seeds=seeds)
