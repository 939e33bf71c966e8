"""What came of every task, oldest first, with what is known of the proposal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cladogen.archives.base import Standing
from cladogen.proposal import Outcome, Proposal
from cladogen.record.rows import as_proposal
from cladogen.record.store import Store

SELECT = """
SELECT r.ticket, r.round, r.at, r.outcome, r.program, r.standing, r.reason,
    o.operator, o.model, o.body
FROM results r LEFT JOIN proposals o ON o.ticket = r.ticket AND o.round = r.round
"""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One recorded result. ``proposal`` is without prompt, reply and patch, which are long.

    ``at`` is in seconds since 1970.
    """

    ticket: int
    round: int
    at: float
    outcome: Outcome
    program: int | None
    standing: Standing
    reason: str
    proposal: Proposal | None

    @property
    def operator(self) -> str:
        """What made it: an operator; "measure" or "seed" where nothing was proposed."""
        if self.proposal is not None:
            return self.proposal.operator
        return "measure" if self.outcome is Outcome.MEASURED else "seed"


def read_results(store: Store, ticket: int | None = None) -> Iterator[ResultRow]:
    """Yield the results of a task, or of all tasks, in the order in which they were recorded."""
    where, values = ("", ()) if ticket is None else ("WHERE r.ticket = ?", (ticket,))
    for *row, operator, model, body in store.database.execute(
        f"{SELECT} {where} ORDER BY r.seq", values
    ):
        of, round_, at, outcome, program, standing, reason = row
        proposal = None
        if body is not None:
            proposal = as_proposal(of, operator, model, ["", "", ""], body)
        yield ResultRow(
            of, round_, at, Outcome(outcome), program, Standing(standing), reason, proposal
        )
