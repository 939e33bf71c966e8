"""The Archive seam: which programs are kept and what to do next.

``ask`` gives a task, ``tell`` takes a result. An archive is a fold over results: telling a fresh
archive the results of a run, in order, must leave it as the run left it, so resuming is reading
again. Between an ask and its tell the task is in flight; an archive counts it as a virtual result
so that concurrent asks spread out, and drops it at the tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from cladogen.problem.space import Axis, Space
from cladogen.result import Brief, Result, Short, Standing
from cladogen.task import Task

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "Archive",
    "ArchiveView",
    "Axis",
    "Brief",
    "Migrated",
    "Result",
    "Space",
    "Standing",
    "close",
    "in_short",
    "migrated",
    "said",
    "take_up",
    "tell_all",
]


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


@dataclass(frozen=True, slots=True)
class Migrated:
    """A copy of a program came from one island of an archive to another, and was kept there."""

    program: int
    source: int
    target: int


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


@runtime_checkable
class Migrating(Protocol):
    """What an archive with islands does besides."""

    def migrated(self) -> Iterable[Migrated]:
        """Return what the last result that it was told made migrate."""
        ...


@runtime_checkable
class Spreading(Protocol):
    """What an archive that spreads concurrent asks out does besides."""

    def take_up(self, task: Task) -> None:
        """Count a task in flight that was asked for before the archive was made."""
        ...


@runtime_checkable
class Speaking(Protocol):
    """What an archive that has something to tell the user does besides."""

    def said(self) -> str:
        """Return what is to be told now, "" for nothing; the same is not told twice."""
        ...


@runtime_checkable
class ArchiveTellingAll(Protocol):
    """What an archive that folds many results at once does besides."""

    def tell_all(self, results: Sequence[Brief]) -> None:
        """Take recorded results, in order; the archive is then as if told each of them."""
        ...


@runtime_checkable
class ToldInShort(ArchiveTellingAll, Protocol):
    """What an archive does besides that needs little of most results to be told them anew."""

    def tell_all(self, results: Sequence[Short]) -> None: ...

    def in_short(self) -> bool:
        """Tell whether outcome, program, parents, fitness, features, island and ``last`` are all
        that it takes of new programs and of failures.
        """
        ...


@runtime_checkable
class Closing(Protocol):
    """What an archive that keeps something open (a sandbox) does besides."""

    def close(self) -> None:
        """End what is open; an archive that is asked again opens it again."""
        ...


def migrated(archive: Archive) -> tuple[Migrated, ...]:
    """Return what the last result that an archive was told made migrate."""
    # Not `isinstance`, which reads a whole protocol each time: this is asked of every result.
    return tuple(archive.migrated()) if hasattr(archive, "migrated") else ()


def said(archive: Archive) -> str:
    """Return what an archive has to tell the user now, "" for nothing."""
    return str(archive.said()) if hasattr(archive, "said") else ""


def close(archive: Archive) -> None:
    """End what an archive keeps open."""
    if isinstance(archive, Closing):
        archive.close()


def tell_all(archive: Archive, results: Sequence[Brief]) -> None:
    """Tell an archive of recorded results."""
    if isinstance(archive, ArchiveTellingAll):
        archive.tell_all(results)
        return
    for result in results:
        archive.tell(result.whole())


def in_short(archive: Archive) -> ToldInShort | None:
    """Return an archive that takes new programs and failures in short as one; None for another."""
    return archive if isinstance(archive, ToldInShort) and archive.in_short() else None


def take_up(archive: Archive, task: Task) -> None:
    """Tell an archive of a task in flight that was asked for before it was made."""
    if isinstance(archive, Spreading):
        archive.take_up(task)
