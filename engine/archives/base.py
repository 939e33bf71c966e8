"""The Archive seam: which programs are kept and what to do next.

``ask`` gives a task, ``tell`` takes a result. An archive is a fold over results: telling a fresh
archive the results of a run, in order, must leave it as the run left it, so resuming is reading
again. Between an ask and its tell the task is in flight; an archive counts it as a virtual result
so that concurrent asks spread out, and drops it at the tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cladogen.result import Result, Standing
from cladogen.space import Axis, Space
from cladogen.task import Task

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Archive", "ArchiveView", "Axis", "Result", "Space", "Standing", "take_up"]


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
