"""The Archive seam: which programs are kept and what to do next.

``ask`` gives a task, ``tell`` takes a result. An archive is a fold over results: telling a fresh
archive the results of a run, in order, must leave it as the run left it, so resuming is reading
again. Between an ask and its tell the task is in flight; an archive counts it as a virtual result
so that concurrent asks spread out, and drops it at the tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from cladogen.evaluation import Evaluation, Score
from cladogen.proposal import Outcome
from cladogen.task import Task

if TYPE_CHECKING:
    import numpy as np


class Standing(StrEnum):
    """What an archive did with a result."""

    NEW = "new"  # kept where nothing was kept before
    IMPROVED = "improved"  # kept in place of something worse
    REJECTED = "rejected"  # not kept
    NOTED = "noted"  # counted, nothing to keep (a failed proposal, one more measurement)


@dataclass(frozen=True, slots=True)
class Axis:
    """A feature axis of the archive: a metric's name and how its values fall into bins.

    ``low`` and ``high`` None means: taken from the data by rank, so that an outlier cannot empty
    the other cells.
    """

    metric: str
    bins: int = 10
    scale: Literal["linear", "log", "quantile"] = "linear"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Space:
    """What an archive may know about a problem: feature axes, objective names, training cases, how
    many seeds.

    ``heldout`` is never here. ``objectives`` names `Score.objectives` in order, the declared one
    first. ``bounded`` says that `Score.utilities` are filled, that is, that the objective has a
    known range. ``proposals`` is how many the run's caps can pay for, as far as can be said before
    it begins; None: nobody knows, or there is no cap.
    """

    axes: tuple[Axis, ...] = ()
    objectives: tuple[str, ...] = ("score",)
    cases: tuple[str, ...] = ("all",)
    bounded: bool = False
    max_evaluations: int | None = None
    proposals: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A task's end: its outcome and, where a program was made or measured, its number and what is
    now known of it.

    ``score`` is the program's score over all its training evaluations so far; ``evaluations`` only
    the new ones. A seed program arrives as the result of ``Propose(ticket, parents=())``.
    """

    task: Task
    outcome: Outcome
    program: int | None = None
    parents: tuple[int, ...] = ()
    score: Score | None = None
    evaluations: tuple[Evaluation, ...] = ()
    cost_usd: float | None = 0.0
    operator: str = ""
    reason: str = ""  # why there is no program, or why it counts as a duplicate
    last: bool = True  # False: a repair follows, so the task is still in flight

    def scored(self, score: Score | None) -> Result:
        """Return it with its program's score (by hand: `dataclasses.replace` takes four times as
        long).
        """
        return Result(
            self.task,
            self.outcome,
            self.program,
            self.parents,
            score,
            self.evaluations,
            self.cost_usd,
            self.operator,
            self.reason,
            self.last,
        )


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """What a person is shown of an archive: programs kept, cells filled of all, islands,
    migrations, words.
    """

    kept: int
    cells: int | None = None
    filled: int | None = None
    islands: tuple[int, ...] = ()
    migrations: int = 0
    lines: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = field(default=())


class Archive(Protocol):
    """Keep programs and choose. Constructed as ``Class(space, **options)``; options are
    keyword-only and typed.

    ``opening`` names the cases a seed program is measured on before the archive is told of it; None
    is every training case. An archive that measures case by case says ``()``.
    """

    opening: tuple[str, ...] | None

    def ask(self, ticket: int, rng: np.random.Generator) -> Task:
        """Return the next task under this ticket. Raises ValueError before any seed was told."""
        ...

    def tell(self, result: Result) -> Standing:
        """Take a result; works on a fresh archive too, without the ask before it."""
        ...

    def shortlist(self, count: int) -> tuple[int, ...]:
        """Return the numbers of up to ``count`` programs to ship, best first, by this archive's own
        rule.
        """
        ...

    def view(self) -> ArchiveView:
        """Return what a person is shown. Reading never changes anything."""
        ...


def take_up(archive: Archive, task: Task) -> None:
    """Tell an archive of a task in flight that was asked for before it was made.

    An archive that spreads concurrent asks out has a method ``take_up`` for it; one that does not
    needs none.
    """
    if (method := getattr(archive, "take_up", None)) is not None:
        method(task)
