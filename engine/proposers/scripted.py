"""Scripted: plays given patches in order. For tests, and for replaying what somebody wrote by
hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.problem import Problem
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.task import Propose


class Scripted:
    """Propose ``patches``, the one of a task by its ticket, going round; ``repairs`` are second
    tries, likewise.
    """

    def __init__(
        self,
        problem: Problem | None = None,
        trials: Any = None,
        *,
        patches: Sequence[str] = (),
        repairs: Sequence[str] = (),
        operator: str = "scripted",
    ) -> None:
        self.patches, self.repairs, self.operator = tuple(patches), tuple(repairs), operator
        self.told: list[tuple[Proposal, Result]] = []

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return the patch whose turn it is."""
        patch = self.patches[(task.ticket - 1) % len(self.patches)] if self.patches else ""
        reason = "" if patch else "the script holds no patch"
        return Proposal(
            task.ticket,
            self.operator,
            task.parents,
            patch,
            reason=reason,
            summary="from the script",
        )

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Return the next second try, while there is one."""
        if proposal.repairs >= len(self.repairs):
            return None
        patch = self.repairs[proposal.repairs]
        return Proposal(
            proposal.ticket, self.operator, proposal.parents, patch, repairs=proposal.repairs + 1
        )

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Keep what was told, for a test to read."""
        self.told.append((proposal, result))
