"""What the loop records once (`cladogen.journal.once`): proposals, programs, evaluations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cladogen.evaluation import Evaluation, Status
from cladogen.program import Node, Program
from cladogen.proposal import Proposal
from cladogen.record.evaluations import FRESH
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store

Rows = tuple[Evaluation, ...]


@dataclass(frozen=True, slots=True)
class ProposalEntry:
    """The proposal of a task in a round. None, where nobody proposed anything, is not recorded."""

    store: Store
    ticket: int
    round: int

    def read(self) -> Proposal | None:
        return self.store.proposal(self.ticket, self.round)

    def write(self, made: Proposal | None) -> Proposal | None:
        if made is not None:
            self.store.add_proposal(made, self.round)
        return made


class StoredChild(NamedTuple):
    """A new program's number and the evaluations it came with."""

    number: int
    evaluations: Rows


@dataclass(frozen=True, slots=True)
class ChildEntry:
    """The program that a task makes in a round, on disk with its evaluations or not at all.

    ``canonical`` is its canonical form (b"" when it has none).
    """

    store: Store
    record: RunRecord
    program: Program
    parents: tuple[int, ...]
    ticket: int
    round: int
    canonical: bytes

    def read(self) -> StoredChild | None:
        number = self.store.program_of(self.ticket, self.round)
        if number is None:
            return None
        return StoredChild(number, recorded(self.store, number, self.ticket, fresh=False))

    def write(self, made: Rows) -> StoredChild:
        node = Node(self.record.size(), self.program.id, self.parents, self.ticket)
        with self.store.transaction():
            self.store.add_program(self.program, node, self.round, self.canonical)
            self.store.add_evaluations(node.number, self.ticket, made)
        self.record.add(node, self.program)
        return StoredChild(node.number, made)


@dataclass(frozen=True, slots=True)
class MeasurementEntry:
    """The evaluations of a known program under a ticket; none is not recorded."""

    store: Store
    number: int
    ticket: int
    split: str = "train"
    fresh: bool = False

    def read(self) -> Rows | None:
        return recorded(self.store, self.number, self.ticket, self.split, fresh=self.fresh) or None

    def write(self, made: Rows) -> Rows:
        if made:
            self.store.add_evaluations(
                self.number, self.ticket, made, split=self.split, fresh=self.fresh
            )
        return made


@dataclass(frozen=True, slots=True)
class RepeatEntry:
    """One of several measurements of a program under a ticket: the one with these evaluation
    ``seeds``.
    """

    store: Store
    number: int
    ticket: int
    seeds: range

    def read(self) -> Rows | None:
        rows = recorded(self.store, self.number, self.ticket, fresh=False)
        return tuple(row for row in rows if row.seed in self.seeds) or None

    def write(self, made: Rows) -> Rows:
        self.store.add_evaluations(self.number, self.ticket, made)
        return made


@dataclass(frozen=True, slots=True)
class HeldoutEntry:
    """A program's held-out evaluations. Where the world failed, none of them is recorded."""

    store: Store
    number: int
    ticket: int

    def read(self) -> Rows | None:
        stored = self.store.evaluations(self.number, split="heldout")
        return tuple(each.evaluation for each in stored) or None

    def write(self, made: Rows) -> Rows:
        if all(each.status is not Status.INFRA for each in made):
            self.store.add_evaluations(self.number, self.ticket, made, split="heldout", fresh=True)
        return made


def recorded(store: Store, number: int, ticket: int, split: str = "train", *, fresh: bool) -> Rows:
    """Return the evaluations that a program got under a ticket."""
    if store.unwritten.nothing(FRESH if fresh else "evaluations", ticket):
        return ()
    stored = store.evaluations(number, split=split, ticket=ticket)
    return tuple(each.evaluation for each in stored if each.fresh is fresh)
