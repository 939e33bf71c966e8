"""What a run tells those who watch it: a display, a line printer, a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cladogen.archives.base import ArchiveView, Result, Standing
from cladogen.ledger import Spend, Stop
from cladogen.problem import Metric
from cladogen.program import Program
from cladogen.proposal import Proposal

if TYPE_CHECKING:
    from cladogen.final import Final


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a run at a glance. ``gain`` is best minus seed fitness; ``noise`` the seed's
    standard deviation.

    A fitness is the objective with its sign turned so that higher is better. ``seconds_left`` and
    ``evaluations_left`` are what the budget still allows, None without such a cap.
    """

    folder: Path
    objective: Metric

    spend: Spend
    programs: int
    best: int | None
    best_fitness: float | None
    seed_fitness: float | None
    noise: float
    busy: int
    slots: int
    archive: ArchiveView
    seconds_left: float | None = None
    evaluations_left: int | None = None

    @property
    def gain(self) -> float | None:
        if self.best_fitness is None or self.seed_fitness is None:
            return None
        return self.best_fitness - self.seed_fitness


@dataclass(frozen=True, slots=True)
class Told:
    """One result, as the archive was told it. ``best`` says that it is the best so far (measured
    again, fresh).
    """

    result: Result
    standing: Standing
    proposal: Proposal | None
    best: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run ended, and what it ships (None when it was interrupted before a choice), beside the
    seed program.
    """

    stop: Stop
    final: Final | None
    shipped: Program | None = None
    seed: Program | None = None


class Observer(Protocol):
    """Watch a run. Each method returns at once; none may raise. ``progress`` is computed when
    called.

    ``begin`` is called inside the running event loop; ``close`` always, also when the run broke.
    """

    def begin(self, header: list[tuple[str, str]]) -> None:
        """Take the header: names and values of what this run uses (sandbox, proposer, archive,
        budget).
        """
        ...

    def told(self, event: Told, progress: Callable[[], Progress]) -> None: ...

    def notice(self, text: str) -> None:
        """Take a line the user should see (a flagged difference, a resumed run, a repaired
        projection).
        """
        ...

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None: ...

    def close(self) -> None:
        """Give the terminal back as it was found."""
        ...


class Silent:
    """An observer that watches nothing."""

    def begin(self, header: list[tuple[str, str]]) -> None: ...

    def told(self, event: Told, progress: Callable[[], Progress]) -> None: ...

    def notice(self, text: str) -> None: ...

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None: ...

    def close(self) -> None: ...
