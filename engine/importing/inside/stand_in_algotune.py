"""Stands in for ``AlgoTuneTasks.base`` where an imported task runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TASK_REGISTRY: dict[str, type] = {}


def register_task(name: str) -> Callable[[type], type]:
    """Return a decorator that keeps the task under its name."""

    def register(task: type) -> type:
        TASK_REGISTRY[name] = task
        return task

    return register


class Task:
    """The base of a task: it keeps what it is given."""

    def __init__(self, n: int | None = None, **options: Any) -> None:
        self.n = n
        self.options = options
