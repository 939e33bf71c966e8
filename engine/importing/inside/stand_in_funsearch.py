"""Stands in for ``funsearch`` where a specification runs: decorators that change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def run(function: Function) -> Function:
    """Return the function."""
    return function


def evolve(function: Function) -> Function:
    """Return the function."""
    return function
