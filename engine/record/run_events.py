"""Events in the record: what happened in a run beside its tasks, and how long it took."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from cladogen.record.checksums import insert
from cladogen.record.tables import Tables

_NEVER = 1e15  # seconds since 1970
_STARTS = "SELECT at, kind, body FROM events WHERE kind IN ('begin', 'search') ORDER BY at, id"
_LAST_BEFORE = """
SELECT MAX(at) FROM (
    SELECT MAX(at) AS at FROM events WHERE kind NOT IN ('steer', 'unsealed') AND at < ?
    UNION ALL SELECT MAX(at) FROM tasks WHERE at < ?
    UNION ALL SELECT MAX(at) FROM results WHERE at < ?
)
"""


class RunEvent(NamedTuple):
    """Something that happened, and when (seconds since 1970)."""

    at: float
    kind: str
    body: dict[str, Any]


class EventTable(Tables):
    """The table of events."""

    def add_event(self, kind: str, body: Mapping[str, Any]) -> None:
        with self.transaction():
            insert(self.database, "events", (time.time(), kind, json.dumps(body)))

    def events(self, kind: str | None = None) -> list[RunEvent]:
        """Return events, of one kind or all, oldest first."""
        where, values = ("", ()) if kind is None else ("WHERE kind = ?", (kind,))
        source = f"FROM events {where} ORDER BY id"
        return list(self.select("at, kind, body", source, values, _as_event, events="events"))

    def last_row_at(self) -> float:
        """Return when the search wrote its last row, in seconds since 1970; 0 for none."""
        return self._last_before(_NEVER)

    def seconds(self) -> float:
        """Return how long the run took so far: every session from the start of its search (of one
        that says none, from its begin) to the last row it wrote, killed or not, with what it
        counted of its own start. What a person asked for may be written at any time.
        """
        starts: list[float] = []
        begins: list[float] = []
        for at, kind, body in self.database.execute(_STARTS):
            if kind == "begin":
                begins.append(at)
                starts.append(at)
            elif starts:
                starts[-1] = at - json.loads(body)["counted_s"]
        ends = map(self._last_before, [*begins[1:], _NEVER])
        return math.fsum(max(0.0, end - at) for at, end in zip(starts, ends, strict=False))

    def clock_row(self) -> int:
        """Return the event that the newest session's seconds are counted from; 0 for none."""
        return int(self.value("SELECT MAX(id) FROM events WHERE kind IN ('begin', 'search')") or 0)

    def _last_before(self, time_: float) -> float:
        """Return when the search wrote its last row before a time."""
        last = self.value(_LAST_BEFORE, (time_,) * 3)
        return float(last or 0.0)


def _as_event(at: float, kind: str, body: str) -> RunEvent:
    return RunEvent(at, kind, json.loads(body))
