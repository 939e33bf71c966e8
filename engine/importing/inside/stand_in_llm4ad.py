"""Stands in for ``llm4ad.base`` where an imported evaluation runs."""

from __future__ import annotations

from typing import Any


class Evaluation:
    """What an evaluation is told of its task; nothing is rewritten and nothing is timed here."""

    def __init__(
        self, template_program: Any = "", task_description: str = "", **options: Any
    ) -> None:
        self.template_program = str(template_program)
        self.task_description = task_description
        for name, value in options.items():
            setattr(self, name, value)
