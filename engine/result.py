"""Results: what came of a task, and what the archive did with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from zlib import crc32

from cladogen.evaluation import Evaluation, Score, Status, fitness_of
from cladogen.proposal import Outcome, Proposal
from cladogen.task import Task


class Standing(StrEnum):
    """What an archive did with a result."""

    NEW = "new"  # kept where nothing was kept before
    IMPROVED = "improved"  # kept in place of something worse
    REJECTED = "rejected"  # not kept
    NOTED = "noted"  # counted, nothing to keep (a failed proposal, one more measurement)


UNKNOWN = -1  # of a behaviour
# How reasons begin that no other answer can mend.
CANARY, NOT_APPROVED = "canary: ", "not approved: "


def behaviour_of(signature: str) -> int:
    """Return the number of what a program does, by its name (`Score.signature`): four bytes of it,
    for columns of a million.
    """
    return crc32(signature.encode()) if signature else UNKNOWN


class Short(Protocol):
    """What a result comes to in short: ``fitness``, ``features`` and ``behaviour`` are of the score
    that it gave its program, None, () and UNKNOWN where it gave none; ``island`` is its task's.
    """

    outcome: Outcome
    last: bool
    program: int | None
    island: int
    parents: tuple[int, ...]
    fitness: float | None

    @property
    def features(self) -> Sequence[float]: ...

    @property
    def behaviour(self) -> int: ...

    def whole(self) -> Result:
        """Return the result itself."""
        ...


class Brief(Short, Protocol):
    """A recorded result with what a fold over many mostly needs of it. ``status`` is of the score
    that it gave its program, None where it gave none.
    ``facts`` are what is recorded of its proposal (the fields of `Proposal`, without the texts),
    None where nothing was proposed; ``made`` is how many evaluations it took.
    """

    ticket: int
    round: int
    reason: str
    operator: str
    facts: dict[str, Any] | None
    status: Status | None
    made: int

    @property
    def signature(self) -> str: ...

    @property
    def trials(self) -> int: ...

    def proposal(self, *, texts: bool = True) -> Proposal | None:
        """Return its proposal, with its texts; ``texts`` False: with a mark in place of each that
        there is, and that need not be read.
        """
        ...


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
    evaluations: Sequence[Evaluation] = ()
    cost_usd: float | None = 0.0
    operator: str = ""
    reason: str = ""  # why there is no program, or why it counts as a duplicate
    last: bool = True  # False: a repair follows, so the task is still in flight

    @property
    def fitness(self) -> float | None:
        """The fitness that the score gives the program, None where it gives none."""
        return fitness_of(self.score)

    @property
    def ranked(self) -> Score | None:
        """The score, where it has a fitness to rank the program by."""
        return None if self.fitness is None else self.score

    @property
    def features(self) -> Sequence[float]:
        """The features that the score gives the program."""
        return () if self.score is None else self.score.features

    @property
    def signature(self) -> str:
        """The name of the program's behaviour, "" where none is known."""
        return "" if self.score is None else self.score.signature

    @property
    def behaviour(self) -> int:
        """The number of the program's behaviour, UNKNOWN where none is known."""
        return behaviour_of(self.signature)

    @property
    def mendable(self) -> bool:
        """Whether something failed that another answer may mend: not what a canary or a person
        refused.
        """
        failed = self.outcome in (Outcome.REFUSED, Outcome.ACCEPTED) and self.reason != ""
        return failed and not self.reason.startswith((CANARY, NOT_APPROVED))

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
