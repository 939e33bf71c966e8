"""Stands in for ``gepa.optimize_anything``; what evaluates puts its own functions in here."""

from __future__ import annotations

from typing import Any


class Anything:
    """Whatever else is imported: settings, which mean nothing here."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return Anything()


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Anything
