"""Events in the record: what happened in a run beside its tasks, and how long it took."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from cladogen.record.tables import Tables


class RunEvent(NamedTuple):
    """Something that happened, and when (seconds since 1970)."""

    at: float
    kind: str
    body: dict[str, Any]


class EventTable(Tables):
    """The table of events."""

    def add_event(self, kind: str, body: Mapping[str, Any]) -> None:
        with self.transaction():
            self.database.execute(
                "INSERT INTO events (at, kind, body) VALUES (?, ?, ?)",
                (time.time(), kind, json.dumps(body)),
            )

    def events(self, kind: str | None = None) -> list[RunEvent]:
        """Return events, of one kind or all, oldest first."""
        where, values = ("", ()) if kind is None else ("WHERE kind = ?", (kind,))
        query = f"SELECT at, kind, body FROM events {where} ORDER BY id"
        rows = self.database.execute(query, values)
        return [RunEvent(at, name, json.loads(body)) for at, name, body in rows]

    def seconds(self) -> float:
        """Return how long the run took so far: every session from its begin to the last row it
        wrote, killed or not. What a person asked for may be written at any time.
        """
        rows = self.database.execute(
            "SELECT at, 1 FROM events WHERE kind = 'begin' "
            "UNION ALL SELECT at, 0 FROM events WHERE kind NOT IN ('begin', 'steer') "
            "UNION ALL SELECT at, 0 FROM tasks UNION ALL SELECT at, 0 FROM results ORDER BY at"
        )
        total, first, last = 0.0, None, 0.0
        for at, begins in rows:
            if begins:
                total += 0.0 if first is None else last - first
                first = at
            last = at
        return total if first is None else total + last - first
