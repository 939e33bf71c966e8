"""Problems: what may change, how the result is scored, and on which cases. Read from a folder's ``problem.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cladogen.archives.base import Axis
from cladogen.program import Program
from cladogen.sandboxes.base import Limits


@dataclass(frozen=True, slots=True)
class Metric:
    """A number the scorer returns. ``low`` and ``high`` give its range where it has one."""

    name: str
    direction: Literal["maximize", "minimize"] = "maximize"
    unit: str = ""
    low: float | None = None
    high: float | None = None

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
    """Some training cases, cheap ones first; a program goes on only if its mean objective reaches ``at_least``
    (for a minimised objective: stays ``at_most``)."""

    name: str
    cases: tuple[str, ...]
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class SandboxNeeds:
    """What a problem's ``[sandbox]`` asks for beyond the limits."""

    image: str = ""
    dockerfile: str = ""
    requirements: str = ""
    gpus: str = ""
    network: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem folder, read. `load` makes one; every unknown key there is an error that names the nearest.

    ``train`` and ``heldout`` name cases; what a case is, only the scorer knows (`cases(parameters)` of ``scorer.py``).
    """

    name: str
    folder: Path
    statement: str
    seeds: tuple[Program, ...]
    editable: tuple[str, ...]
    entry: str | tuple[str, ...]
    build: tuple[str, ...]
    scorer: Path
    scorer_on_host: bool
    objective: Metric
    metrics: tuple[Metric, ...]
    constraints: tuple[Constraint, ...] = ()
    axes: tuple[Axis, ...] = ()
    stages: tuple[Stage, ...] = ()
    repeats: int = 1
    limits: Limits = Limits()
    sandbox: SandboxNeeds = SandboxNeeds()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    target: float | None = None
    best_known: float | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
