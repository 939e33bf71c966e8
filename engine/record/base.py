"""What may be read of a run while it goes on: programs, their scores, what was tried on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cladogen.evaluation import Evaluation, Score
from cladogen.program import Node, Program
from cladogen.proposal import Proposal
from cladogen.result import Result


class Record(Protocol):
    """What a proposer may read of the run. Held-out results are not in it.

    ``rescored`` counts how often a program that had a score got another: while it stays the same,
    no score that was read is another by now.
    """

    @property
    def rescored(self) -> int: ...

    def node(self, number: int) -> Node: ...

    def program(self, number: int) -> Program: ...

    def score(self, number: int) -> Score | None: ...

    def evaluations(self, number: int) -> Sequence[Evaluation]:
        """Return the training evaluations of a program, oldest first."""
        ...

    def proposals(self, parent: int) -> Sequence[tuple[Proposal, Result]]:
        """Return what was tried on ``parent`` and what came of it, oldest first; without prompts,
        replies, patches.
        """
        ...

    def latest(self, count: int) -> Sequence[tuple[Proposal, Result]]:
        """Return the last ``count`` proposals of the run and what came of them, oldest first;
        without prompts, replies, patches.
        """
        ...

    def returned(self, output: str) -> str:
        """Return the beginning of what a program returned, by `Evaluation.output`, in words; ""
        where it was not kept.
        """
        ...

    def picture(self, output: str, case: str) -> str:
        """Return what the scorer drew of an output on a case (`cladogen.evaluators.picture`); ""
        where it drew nothing.
        """
        ...

    def children(self, number: int) -> Sequence[int]: ...

    def best(self, count: int = 1) -> Sequence[int]:
        """Return the programs with the highest fitness, best first."""
        ...

    def original(self, program: Program, canonical: bytes = b"") -> int | None:
        """Return the first program with the same tree or this canonical form (b"" is nobody's);
        None when there is none.
        """
        ...

    def size(self) -> int:
        """Return how many programs there are; numbers run from 0 to size - 1."""
        ...
