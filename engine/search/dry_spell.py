"""Failures in a row: when a search that gets nowhere ends, and what it says of the cause."""

from __future__ import annotations

from collections import Counter

from cladogen.evaluation import Status
from cladogen.ledger import Caps, Stop
from cladogen.proposal import Outcome

ROUNDS = 3  # of everything in flight, at the least, may fail: nobody has learnt from the first yet
WORKED_EACH = 4  # proposals that worked grant one more failure in a row
MOST_GRANTED = 9  # times the cap, at most
REPEATED = 5  # duplicates, beside three rounds of them, and something else is asked for
_RAN = (Status.OK, Status.SCREENED)
REPEATS = 25  # times as many duplicates end a run, where no other cap would


class DrySpell:
    """Failures since a proposal last worked, while ``workers`` proposals may be in flight. Without
    ``caps.failing`` no number of them ends the run.

    A duplicate is no failure: it says that much is known here, and the next tasks are asked
    otherwise. Only where neither proposals nor seconds are capped does a very long row of them end
    the run, for then nothing else would.
    """

    def __init__(self, caps: Caps, workers: int = 1) -> None:
        self._caps, self._workers = caps, workers
        self._worked = 0
        self._failures: list[str] = []
        self.duplicates = 0  # in a row

    def count_one(self, outcome: Outcome, status: Status | None, detail: str) -> None:
        """Count what came of a proposal: its outcome, and its program's status (None: no score).
        ``detail`` says why it failed.
        """
        if outcome is Outcome.DUPLICATE:
            self.duplicates += 1
        elif kind := _failure(outcome, status):
            self._failures.append(_cause(kind, detail))
        else:
            self.forget()
            self.duplicates = 0
            self._worked += 1

    @property
    def repeats(self) -> bool:
        """Whether what was asked lately only gave what is known: time to ask for something else."""
        return self.duplicates >= REPEATED + ROUNDS * self._workers

    def state(self) -> list[int]:
        """Return what is known but the failures in a row, which a run that goes on forgets."""
        return [self._worked, self.duplicates]

    def restore(self, state: list[int]) -> None:
        """Take in what `state` gave."""
        self._worked, self.duplicates = state

    def forget(self) -> None:
        """Count failures anew."""
        self._failures.clear()

    def stop(self) -> Stop | None:
        """Return why the run ends, None while it may go on.

        A search that has long worked may have dry spells; one that never worked is told at once.
        """
        cap = self._caps.failing
        if cap is None:
            return None
        rounds = ROUNDS * self._workers if self._workers > 1 else 0
        allowed = max(cap, rounds) + min(self._worked // WORKED_EACH, MOST_GRANTED * cap)
        return self._exhausted(REPEATS * allowed) or self._failing(allowed)

    def _exhausted(self, allowed: int) -> Stop | None:
        bounded = self._caps.proposals is not None or self._caps.seconds is not None
        if bounded or self.duplicates < allowed:
            return None
        text = f"{self.duplicates} proposals in a row made programs that are known already"
        return Stop("failing", text)

    def _failing(self, allowed: int) -> Stop | None:
        if len(self._failures) < allowed:
            return None
        common, count = Counter(self._failures).most_common(1)[0]
        in_a_row = f"{len(self._failures)} proposals in a row failed"
        return Stop("failing", f"{in_a_row}; {count} of them: {common}")


def _failure(outcome: Outcome, status: Status | None) -> str:
    """Name a result's failure; "" when a program ran and was scored."""
    if outcome is not Outcome.ACCEPTED:
        return outcome.value
    if status is None:
        return "no score"
    return "" if status in _RAN else status.value


def _cause(kind: str, detail: str) -> str:
    if not detail:
        return kind
    return detail if detail.startswith(f"{kind}: ") else f"{kind}: {detail}"
