"""What a list says of the shipped problems."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cladogen.problem import load
from cladogen.problem.shipped import SHIPPED, names


@dataclass(frozen=True, slots=True)
class ShippedProblem:
    """What a list says of one: ``title`` is the statement's heading, ``best_known`` is of the
    objective without a variant.
    """

    name: str
    title: str
    objective: str
    direction: str
    variants: tuple[str, ...]
    best_known: float | None

    @property
    def line(self) -> str:
        known = "" if self.best_known is None else f" (best known {self.best_known})"
        others = f"; variants {', '.join(self.variants)}" if self.variants else ""
        return f"{self.title}: {self.direction} {self.objective}{known}{others}"


def shipped_problems() -> list[ShippedProblem]:
    """Return what a list says of each shipped problem."""
    return [_summary(SHIPPED / name) for name in names()]


def _summary(folder: Path) -> ShippedProblem:
    problem = load(folder, seeds=False)
    title = problem.statement.splitlines()[0].lstrip("# ")
    metric = problem.objective
    return ShippedProblem(
        folder.name, title, metric.name, metric.direction, problem.variants, problem.best_known
    )
