"""What came of every task, oldest first, with what is known of the proposal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cladogen.archives.base import Standing
from cladogen.proposal import Outcome, Proposal
from cladogen.record.results import LAST
from cladogen.record.store import Store


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One recorded result. ``proposal`` is without prompt, reply and patch, which are long.

    ``seq`` is its row in the record, ``at`` is in seconds since 1970.
    """

    seq: int
    ticket: int
    round: int
    at: float
    outcome: Outcome
    program: int | None
    standing: Standing
    reason: str
    proposal: Proposal | None

    @property
    def expects(self) -> bool:
        """Whether the proposal said what it would do."""
        return self.proposal is not None and self.proposal.expectation is not None

    @property
    def operator(self) -> str:
        """What made it: an operator; "measure" or "seed" where nothing was proposed."""
        if self.proposal is not None:
            return self.proposal.operator
        return "measure" if self.outcome is Outcome.MEASURED else "seed"


def read_results(
    store: Store,
    ticket: int | None = None,
    *,
    after: int = -1,
    until: int = LAST,
    newest_first: bool = False,
) -> Iterator[ResultRow]:
    """Yield the results of a task, or of all tasks after a row, up to another, in the order in
    which they were recorded.
    """
    found = store.results_with_proposals(
        ticket, after=after, until=until, newest_first=newest_first
    )
    for result, proposal in found:
        yield ResultRow(
            result.seq,
            result.ticket,
            result.round,
            result.at,
            result.outcome,
            result.program,
            result.standing,
            result.reason,
            proposal,
        )
