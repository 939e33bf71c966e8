"""What the calls of a run come to: added up once, and kept beside the record, so that going on with
a run, or looking at it, does not read the end of every call again.

Like a checkpoint it is no part of the record: where it is not of these calls, all are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, replace

from cladogen.proposal import Cost
from cladogen.record import checkpoint
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store

NAME = "checkpoint.calls"
FORM = 1
_AFTER = "FROM calls WHERE id > ? OR id IN (SELECT value FROM json_each(?)) ORDER BY id"
_CHECKSUM = "SELECT checksum FROM calls WHERE id = ? AND reply IS NOT NULL"


class CallSums:
    """The sums over a run's calls so far. ``cost`` is of all that are ``over``, those without a
    known price at no dollars; these are ``unpriced``, and cost ``unknown_usd`` at most.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.over = self.unpriced = 0
        self.cost, self.unknown_usd = Cost(), 0.0
        self._last = 0  # of the calls that were looked at
        self._last_over = 0
        self._flying: dict[int, float | None] = {}  # what calls that are not over cost at most

    @staticmethod
    def of(store: Store) -> CallSums:
        """Return the sums over all calls of a run."""
        sums = CallSums(store)
        sums._take_up()
        sums.read_on()
        return sums

    def _take_up(self) -> None:
        """Begin with what is kept, where it is of these calls."""
        kept = checkpoint.read(self._store.folder, NAME) or {}
        if kept.get("form") == FORM and self._checksum(kept["last_over"]) == kept["checksum"]:
            self.over, self.unpriced, self.unknown_usd = kept["counts"]
            self.cost = Cost(*kept["cost"])
            self._last, self._last_over = kept["last"], kept["last_over"]
            self._flying = dict(kept["flying"])

    def _checksum(self, call: int) -> int | None:
        """Return the checksum of a call that is over, None where there is none."""
        if not self._store.summed:
            return None
        found: int | None = self._store.value(_CHECKSUM, (call,))
        return found

    def read_on(self) -> None:
        """Take in the calls that began since, and those that ended."""
        flying, self._flying = self._flying, {}
        calls = StoredCalls(self._store)
        columns, values = "id, reply, body", (self._last, json.dumps(list(flying)))
        for call, cost, most in self._store.select(
            columns, _AFTER, values, calls.charge_of, calls="calls"
        ):
            self._last = max(self._last, call)
            if cost is None:
                self._flying[call] = most
            else:
                self._add(call, cost, most or 0.0)

    def _add(self, call: int, cost: Cost, most_usd: float) -> None:
        self._last_over = call
        self.over += 1
        if cost.usd is None:
            self.unpriced += 1
            self.unknown_usd += most_usd
            cost = replace(cost, usd=0.0)
        self.cost += cost

    def save(self) -> None:
        """Keep the sums for the next session."""
        checksum = self._checksum(self._last_over)
        if checksum is None:
            return
        values = {
            "form": FORM, "last": self._last, "last_over": self._last_over, "checksum": checksum,
            "counts": [self.over, self.unpriced, self.unknown_usd], "cost": astuple(self.cost),
            "flying": list(self._flying.items()),
        }  # fmt: skip
        checkpoint.write(self._store.folder, values, NAME)

    def charges(self) -> Iterator[tuple[Cost | None, float | None]]:
        """Yield what comes to the same as `StoredCalls.charges`, of few calls."""
        if self.over:
            yield self.cost, None
        for at in range(self.unpriced):
            yield Cost(None), 0.0 if at else self.unknown_usd
        for most in self._flying.values():
            yield None, most


class SummedCalls(StoredCalls):
    """The `CallLog` of a run that goes on, whose earlier calls are charged by their sums."""

    def charges(self) -> Iterator[tuple[Cost | None, float | None]]:
        sums = CallSums.of(self._store)
        sums.save()
        return sums.charges()
