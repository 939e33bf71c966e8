"""Tasks in the record: what an archive asked for, and who has it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import NamedTuple

from cladogen.record.decode import as_task
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
        with self.transaction():
            self.database.execute(
                "INSERT OR IGNORE INTO tasks VALUES (?, ?, ?, ?, ?)",
                (task.ticket, time.time(), kind, asker, json.dumps(asdict(task))),
            )

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

    def _tasks(self, where: str, values: tuple[int, ...] = ()) -> Iterator[StoredTask]:
        query = f"SELECT kind, body, asker, at FROM tasks {where}"
        for kind, body, asker, at in self.database.execute(query, values):
            yield StoredTask(as_task(kind, body), asker, at)
