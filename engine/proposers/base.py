"""The Proposer seam: a task and the record in, a git diff against the parent out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cladogen.proposal import Proposal
from cladogen.record.base import Record
from cladogen.result import Result
from cladogen.task import Propose

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Proposer", "Record"]


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
