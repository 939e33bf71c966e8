"""Stands in for ``eoh`` where an imported task runs."""

from __future__ import annotations

from typing import Any


class BaseProblem:
    """What a task is told of itself; nothing is timed and no process is started here."""

    template_program = ""
    task_description = ""

    def __init__(self, timeout: float = 40, n_processes: int = 1, **options: Any) -> None:
        self.timeout, self.n_processes = timeout, 1
        for name, value in options.items():
            setattr(self, name, value)
