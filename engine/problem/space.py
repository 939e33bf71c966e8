"""What selection may know of a problem: feature axes, objectives, training cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from cladogen.evaluation import Score


@dataclass(frozen=True, slots=True)
class Axis:
    """A feature axis of the archive: a metric's name and how its values fall into bins.

    ``low`` and ``high`` None means: taken from the data by rank, so that an outlier cannot empty
    the other cells. ``about`` says what the metric means; no cell depends on it.
    """

    metric: str
    bins: int = 10
    scale: Literal["linear", "log", "quantile"] = "linear"
    low: float | None = None
    high: float | None = None
    about: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class IslandPlan:
    """What is an island's own: words for its prompts, the seed programs that it begins with, by
    number (empty: all), and the metrics of its axes (empty: all).
    """

    focus: str = ""
    seeds: tuple[int, ...] = ()
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Space:
    """What an archive may know about a problem: feature axes, objective names, training cases, how
    many seeds.

    ``heldout`` is never here. ``objectives`` names `Score.objectives` in order, the declared one
    first. ``bounded`` says that `Score.utilities` are filled, that is, that the objective has a
    known range, and ``ceiling`` is the fitness at its good end, None without one. ``proposals`` is
    how many the run's caps can pay for, as far as can be said before it begins; None: nobody knows,
    or there is no cap. ``folder`` is the problem's, where classes of its own are looked up.
    ``islands`` say what is each island's own, over again where there are more islands.
    """

    IS_STATE: ClassVar[bool] = False  # of an archive (`cladogen.state`): it is built with it

    axes: tuple[Axis, ...] = ()
    objectives: tuple[str, ...] = ("score",)
    cases: tuple[str, ...] = ("all",)
    bounded: bool = False
    max_evaluations: int | None = None
    proposals: int | None = None
    folder: Path | None = None
    islands: tuple[IslandPlan, ...] = ()
    ceiling: float | None = None

    def values(self, score: Score) -> Mapping[str, float]:
        """Return what a program reached on each case, between 0 and 1 where there is a range."""
        return score.utilities if self.bounded else score.cases

    def plan(self, island: int) -> IslandPlan:
        """Return what is an island's own."""
        return self.islands[island % len(self.islands)] if self.islands else ALIKE

    def begins(self, island: int, seed: int) -> bool:
        """Tell whether an island begins with a seed program."""
        seeds = self.plan(island).seeds
        return not seeds or seed in seeds


ALIKE = IslandPlan()
