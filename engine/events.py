"""What happens in a run, as values, and who is told: displays and pages (`Observer`), hooks
(`Listener`), the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from cladogen.archives.base import ArchiveView, Migrated, Result, Standing
from cladogen.final import Final
from cladogen.ledger import Spend, Stop
from cladogen.problem import Metric
from cladogen.program import Program
from cladogen.prompts.restored import NOTHING_RESTORED, Restored
from cladogen.proposal import Proposal
from cladogen.record.bests import NamedBest
from cladogen.task import Task


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
class Asked:
    """The archive asked for a task; ``asker`` has taken it ("": the engine)."""

    task: Task
    asker: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal was made, in a round of its task; it is recorded."""

    proposal: Proposal
    round: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A proposal was tried, and came to this; nobody has been told of it yet."""

    result: Result
    round: int


@dataclass(frozen=True, slots=True)
class Told:
    """One result, as the archive was told it. ``best`` says that its program is the best from now
    on (measured again, fresh). ``named`` is what the archive names as the best after it, where that
    measures case by case.
    """

    result: Result
    standing: Standing
    proposal: Proposal | None
    best: bool
    named: NamedBest | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run ended, and what it ships (None when it was interrupted before a choice), beside the
    seed program. ``restored`` counts the lines of its newest programs that came back; ``proxy``
    says how well a proxy ranked, "" where there is none.
    """

    stop: Stop
    final: Final | None
    shipped: Program | None = None
    seed: Program | None = None
    restored: Restored = NOTHING_RESTORED
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class Flagged:
    """A difference that must not be hidden: a second measurement that does not agree."""

    text: str


@dataclass(frozen=True, slots=True)
class Away:
    """What programs run in went away."""

    why: str


@dataclass(frozen=True, slots=True)
class Back:
    """What programs run in is back, after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A session of the run ended; ``best`` is the best program then."""

    kind: str
    text: str
    best: int | None


Recorded = Migrated | Flagged | Away | Back | Ended
Event = Asked | Proposed | Judged | Told | Recorded
Listener = Callable[[Event], None]  # returns at once, raises nothing
# Events that are rows of their own in the record; the others are rows of tasks, proposals, results.
KINDS: dict[str, type[Recorded]] = {
    "migrated": Migrated,
    "flag": Flagged,
    "away": Away,
    "back": Back,
    "end": Ended,
}


def as_row(event: Recorded) -> tuple[str, dict[str, Any]]:
    """Return the kind and the body under which an event is recorded."""
    kind = next(name for name, made in KINDS.items() if isinstance(event, made))
    return kind, asdict(event)


def from_row(kind: str, body: Mapping[str, Any]) -> Event | None:
    """Return the event that a row holds; None for rows that are no event of a run's course."""
    made = KINDS.get(kind)
    if made is None:
        return None
    return made(**{field.name: body.get(field.name) for field in fields(made)})  # type: ignore[arg-type]


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


@runtime_checkable
class Opening(Protocol):
    """An observer that takes what is known before anything is started, too."""

    def opening(self, header: list[tuple[str, str]]) -> None:
        """Take the beginning of the header. `begin` gives all of it; what it holds anew, or with
        another value, is still to be shown.
        """
        ...


def opened(observer: Observer, header: list[tuple[str, str]]) -> None:
    """Give the beginning of a header to an observer that takes it."""
    if isinstance(observer, Opening):
        observer.opening(header)


class Silent:
    """An observer that watches nothing."""

    def begin(self, header: list[tuple[str, str]]) -> None: ...

    def told(self, event: Told, progress: Callable[[], Progress]) -> None: ...

    def notice(self, text: str) -> None: ...

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None: ...

    def close(self) -> None: ...


class Observers:
    """Several observers that watch as one, in their order."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def opening(self, header: list[tuple[str, str]]) -> None:
        for each in self._observers:
            opened(each, header)

    def begin(self, header: list[tuple[str, str]]) -> None:
        for each in self._observers:
            each.begin(header)

    def told(self, event: Told, progress: Callable[[], Progress]) -> None:
        for each in self._observers:
            each.told(event, progress)

    def notice(self, text: str) -> None:
        for each in self._observers:
            each.notice(text)

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None:
        for each in self._observers:
            each.end(ending, progress)

    def close(self) -> None:
        for each in self._observers:
            each.close()
