"""A person's word before a child is run: nothing of it is evaluated until somebody approves it.

Waiting has no deadline of its own: the run's caps hold, and an end that somebody asks for. A child
of which nothing was said when a run ends stays an open task, and is asked about again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.record.approvals import Waiting, verdict, wait_for
from cladogen.record.store import Store
from cladogen.result import NOT_APPROVED
from cladogen.safety.scan import scan

LOOK_S = 0.3  # between two looks
SHOWN = 3  # suspicious lines that a notice names


class Undecided(Exception):  # noqa: N818  (a state, not an error)
    """A child of which nobody has said anything when its run ends."""


class Slots(Protocol):
    """Where work is counted that waits for a person."""

    awaiting: int


class Approval:
    """Ask a person about children: about ``all``, or those that the scanner ``flagged``; about none
    where ``mode`` is "" or none. ``over`` tells whether waiting has become pointless.
    """

    def __init__(
        self,
        store: Store,
        mode: str,
        notice: Callable[[str], None],
        over: Callable[[], bool],
        slots: Slots,
    ) -> None:
        self.store, self.mode, self.notice, self.over = store, mode, notice, over
        self.slots = slots

    async def refusal(
        self, proposal: Proposal, round_: int, parent: Program, child: Program
    ) -> str:
        """Return "" when a child may be run, else the reason why not; raises Undecided when the run
        ends first.
        """
        if self.mode not in ("all", "flagged"):
            return ""
        found = scan(parent, child)
        if self.mode == "flagged" and not found:
            return ""
        look_at = tuple(map(str, found))
        row = Waiting(proposal.ticket, round_, proposal.parents[0], proposal.summary, look_at)
        if wait_for(self.store, row):
            self.notice(self._question(row))
        self.slots.awaiting += 1
        try:
            return await self._answer(row)
        finally:
            self.slots.awaiting -= 1

    async def _answer(self, row: Waiting) -> str:
        # Another process answers, by a row: nothing here is told of that.
        while (said := verdict(self.store, row.ticket, row.round)) is None:
            if self.over():
                raise Undecided
            await asyncio.sleep(LOOK_S)
        return "" if said.do == "approve" else f"{NOT_APPROVED}{said.text or 'a person refused it'}"

    def _question(self, row: Waiting) -> str:
        more = len(row.look_at) - SHOWN
        looks = [*row.look_at[:SHOWN], *([f"{more} more"] if more > 0 else [])]
        look = f" [{'; '.join(looks)}]" if looks else ""
        folder = self.store.folder
        return (
            f"waits for a person: {row}{look} (evolve show {folder} task:{row.ticket}; evolve "
            f"approve {folder} {row.ticket}, or --refuse)"
        )
