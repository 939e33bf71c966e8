"""The Proposer seam: a task and the record in, a git diff against the parent out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from cladogen.archives.base import Result
from cladogen.evaluation import Evaluation, Score
from cladogen.program import Node, Program
from cladogen.proposal import Proposal
from cladogen.task import Propose

if TYPE_CHECKING:
    import numpy as np


class Record(Protocol):
    """What a proposer may read of the run. Held-out results are not in it."""

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

    def children(self, number: int) -> Sequence[int]: ...

    def best(self, count: int = 1) -> Sequence[int]:
        """Return the programs with the highest fitness, best first."""
        ...

    def size(self) -> int:
        """Return how many programs there are; numbers run from 0 to size - 1."""
        ...


class Proposer(Protocol):
    """Make proposals. Built by the command line as ``Class(problem=..., trials=...,
    **options)``.
    """

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return a proposal under ``task.ticket``; one that failed has no patch and says why.

        Raises nothing for what a model or a provider does; ModelError only when no further call can
        succeed.
        """
        ...

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Return a second try at a proposal that was refused or whose child failed, or None to
        leave it.
        """
        ...

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn from what came of a proposal. Also called for recorded ones, in order, when a run
        is resumed.
        """
        ...
