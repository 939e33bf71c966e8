"""What a problem states of its numbers: metrics, their bounds, and stages of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from cladogen.space import Axis


@dataclass(frozen=True, slots=True)
class Metric:
    """A number the scorer returns. ``low`` and ``high`` give its range where it has one, ``about``
    says what it means.
    """

    name: str
    direction: Literal["maximize", "minimize"] = "maximize"
    unit: str = ""
    low: float | None = None
    high: float | None = None
    about: str = ""

    @property
    def sign(self) -> float:
        return 1.0 if self.direction == "maximize" else -1.0


@dataclass(frozen=True, slots=True)
class Constraint:
    """A bound a program must keep to have a score."""

    metric: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Some training cases, cheap ones first; a program goes on only if its mean objective reaches
    ``at_least`` (for a minimised objective: stays ``at_most``).
    """

    name: str
    cases: tuple[str, ...]
    at_least: float | None = None
    at_most: float | None = None


class ScoringRules(Protocol):
    """What evaluations are added up by: a problem has it."""

    @property
    def objective(self) -> Metric: ...

    @property
    def metrics(self) -> Sequence[Metric]: ...

    @property
    def axes(self) -> Sequence[Axis]: ...

    @property
    def constraints(self) -> Sequence[Constraint]: ...
