"""Tasks in the record: what an archive asked for, and who has it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple

from cladogen.record.checksums import OnKnownKey, insert
from cladogen.record.decode import as_task
from cladogen.record.schema import ASKED_OF
from cladogen.record.tables import Tables
from cladogen.task import Propose, Task


class StoredTask(NamedTuple):
    """A task, who took it ("": the engine), and when it was asked for (seconds since 1970)."""

    task: Task
    asker: str
    at: float


class TaskTable(Tables):
    """The table of tasks."""

    def add_task(self, task: Task, asker: str = "") -> None:
        """Record a task; one that is recorded already stays as it is."""
        kind = "propose" if isinstance(task, Propose) else "measure"
        # By hand, for it has no values of values: `asdict` copies each in ten times as long.
        body = {each.name: getattr(task, each.name) for each in fields(task)}
        row = (task.ticket, time.time(), kind, asker, json.dumps(body))
        with self.transaction():
            before = self.database.total_changes
            insert(self.database, "tasks", row, OnKnownKey.STAYS)
            if self.database.total_changes > before:
                self.unwritten.asked(task.ticket)

    def task(self, ticket: int) -> Task | None:
        """Return a task by its ticket."""
        found = next(self._tasks("WHERE ticket = ?", (ticket,)), None)
        return None if found is None else found.task

    def tasks(self) -> Iterator[StoredTask]:
        """Yield every task, by ticket."""
        return self._tasks("ORDER BY ticket")

    def open_tasks(self) -> list[StoredTask]:
        """Return tasks without a last result: what was in flight at the end."""
        over = "SELECT ticket FROM results WHERE last = 1"
        return list(self._tasks(f"WHERE ticket NOT IN ({over}) ORDER BY ticket"))

    def unfinished(self) -> list[Task]:
        """Return the engine's own open tasks; those that somebody has taken stay theirs."""
        return [task for task, asker, _ in self.open_tasks() if not asker]

    def next_ticket(self) -> int:
        return int(self.value("SELECT COALESCE(MAX(ticket) + 1, 0) FROM tasks"))

    def islands(self) -> dict[int, int]:
        """Return the island that each task was asked for on."""
        query = "SELECT ticket, COALESCE(json_extract(body, '$.island'), 0) FROM tasks"
        return dict(self.database.execute(query).fetchall())

    def asked_from(self) -> dict[int, int]:
        """Return for how many tasks each program was the first parent, whatever came of them."""
        rows = self.database.execute(
            f"SELECT {ASKED_OF} AS parent, COUNT(*) FROM tasks "
            "WHERE kind = 'propose' AND parent IS NOT NULL GROUP BY parent"
        )
        return dict(rows.fetchall())

    def asked_times(self, number: int) -> int:
        """Return for how many tasks a program was the first parent."""
        query = f"SELECT COUNT(*) FROM tasks WHERE kind = 'propose' AND {ASKED_OF} = ?"
        return int(self.value(query, (number,)))

    def _tasks(self, where: str, values: tuple[int, ...] = ()) -> Iterator[StoredTask]:
        columns, source = "kind, body, asker, at", f"FROM tasks {where}"
        return self.select(columns, source, values, _as_stored, tasks="tasks")


def _as_stored(kind: str, body: str, asker: str, at: float) -> StoredTask:
    return StoredTask(as_task(kind, body), asker, at)
