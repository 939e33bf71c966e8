"""Failures in a row: when a search that gets nowhere ends, and what it says of the cause."""

from __future__ import annotations

from collections import Counter

from cladogen.evaluation import Status
from cladogen.ledger import Stop
from cladogen.proposal import Outcome
from cladogen.result import Result

FREE_REPEATS = 25  # times as many may fail when they only repeat what is known, at no cost
WORKED_EACH = 4  # proposals that worked grant one more failure in a row
MOST_GRANTED = 9  # times the cap, at most


class DrySpell:
    """Failures since a proposal last worked. ``cap`` None: no number of them ends the run."""

    def __init__(self, cap: int | None) -> None:
        self._cap = cap
        self._worked = 0
        self._failures: list[str] = []
        self._repeats = 0  # in a row, at no cost

    def count(self, result: Result, detail: str) -> None:
        """Count what came of a proposal; ``detail`` says why it failed."""
        kind = _failure(result)
        if result.outcome is Outcome.DUPLICATE and result.cost_usd == 0.0:
            self._repeats += 1  # what costs nothing may try again and again, but not for ever
        elif kind:
            self._failures.append(_cause(kind, detail))
        else:
            self._failures.clear()
            self._repeats = 0
            self._worked += 1

    def stop(self) -> Stop | None:
        """Return why the run ends, None while it may go on.

        A search that has long worked may have dry spells; one that never worked is told at once.
        """
        if self._cap is None:
            return None
        allowed = self._cap + min(self._worked // WORKED_EACH, MOST_GRANTED * self._cap)
        if self._repeats >= FREE_REPEATS * allowed:
            text = f"{self._repeats} proposals in a row made programs that are known already"
            return Stop("failing", text)
        if len(self._failures) < allowed:
            return None
        common, count = Counter(self._failures).most_common(1)[0]
        in_a_row = f"{len(self._failures)} proposals in a row failed"
        return Stop("failing", f"{in_a_row}; {count} of them: {common}")


def _failure(result: Result) -> str:
    """Name a result's failure; "" when a program ran and was scored."""
    if result.outcome is not Outcome.ACCEPTED:
        return result.outcome.value
    if result.score is None:
        return "no score"
    return "" if result.score.status is Status.OK else result.score.status.value


def _cause(kind: str, detail: str) -> str:
    if not detail:
        return kind
    return detail if detail.startswith(f"{kind}: ") else f"{kind}: {detail}"
