"""What a problem states of its numbers: metrics, their bounds, and stages of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from cladogen.ledger import NO_LIMITS, CallLimits
from cladogen.problem.coevolution import CoevolutionSettings
from cladogen.problem.space import Axis


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
    about: str = field(default="", compare=False)  # words: no score depends on them

    @property
    def sign(self) -> float:
        return 1.0 if self.direction == "maximize" else -1.0

    @property
    def ceiling(self) -> float | None:
        """The highest fitness that there can be, None where no bound is stated."""
        best = self.high if self.direction == "maximize" else self.low
        return None if best is None else self.sign * best

    @property
    def floor(self) -> float | None:
        """The lowest fitness that there can be, None where no bound is stated."""
        worst = self.low if self.direction == "maximize" else self.high
        return None if worst is None else self.sign * worst


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


@dataclass(frozen=True, slots=True)
class Canary:
    """A case that no honest program solves: its objective never reaches ``at_least`` (for a
    minimised objective: gets down to ``at_most``) without cheating.
    """

    case: str
    at_least: float | None = None
    at_most: float | None = None

    def caught(self, value: float) -> bool:
        """Tell whether an objective's value can only come from cheating."""
        low, high = self.at_least, self.at_most
        return (low is not None and value >= low) or (high is not None and value <= high)


@dataclass(frozen=True, slots=True)
class Race:
    """How noisy scores are measured: up to ``rounds`` of a problem's ``repeats``, and no more for a
    program that is shown to be worse than the best, wrongly so at most with chance ``error``.
    """

    rounds: int = 1
    error: float = 0.05

    @property
    def on(self) -> bool:
        return self.rounds > 1


ONE_ROUND = Race()


@dataclass(frozen=True, slots=True)
class Proxy:
    """A cheap stand-in for the objective: every program runs on the training ``cases`` first, and
    only the best ``share`` of programs by them on the rest, which alone make the score.
    """

    cases: tuple[str, ...] = ()
    share: float = 1.0


NO_PROXY = Proxy()


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

    @property
    def proxy(self) -> Proxy: ...

    @property
    def coevolution(self) -> CoevolutionSettings: ...

    @property
    def to_the_bit(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ModelUse:
    """That programs may ask models while they are evaluated, and how much: in one ``evaluation``
    (a program on a case), and one ``program`` over all that it is started for.
    """

    evaluation: CallLimits = NO_LIMITS
    program: CallLimits = NO_LIMITS
