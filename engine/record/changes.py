"""What is new in the record since somebody last looked: for readers that follow a run."""

from __future__ import annotations

from typing import NamedTuple

from cladogen.record.tables import Tables


class ReadPosition(NamedTuple):
    """How far somebody has read: the last row of each table."""

    program: int = -1
    evaluation: int = -1
    result: int = -1
    event: int = -1
    task: int = -1
    call: int = -1


_NEWEST = """
SELECT (SELECT MAX(number) FROM programs), (SELECT MAX(id) FROM evaluations),
    (SELECT MAX(seq) FROM results), (SELECT MAX(id) FROM events), (SELECT MAX(ticket) FROM tasks),
    (SELECT MAX(id) FROM calls)
"""
_CHANGED = """
SELECT number FROM programs WHERE number > ?
UNION SELECT program FROM evaluations WHERE id > ?
UNION SELECT program FROM results WHERE seq > ? AND program IS NOT NULL
"""


class ChangeTable(Tables):
    """Questions about what is new, each answered from an index."""

    def newest(self) -> ReadPosition:
        """Return the position after everything that is recorded now."""
        row = self.database.execute(_NEWEST).fetchone()
        return ReadPosition(*(-1 if value is None else value for value in row))

    def data_version(self) -> int:
        """Return a number that differs after another process has written."""
        return int(self.value("PRAGMA data_version"))

    def changed_programs(self, since: ReadPosition) -> set[int]:
        """Return the programs that are new, or of which something new is recorded."""
        rows = self.database.execute(_CHANGED, since[:3])
        return {number for (number,) in rows}

    def evaluations_by_ticket(self, since: ReadPosition) -> dict[int, int]:
        """Return how many evaluations were made under each task, held-out ones aside."""
        # The sign keeps SQLite from walking the whole index of tickets to group by it.
        query = (
            "SELECT ticket, COUNT(*) FROM evaluations "
            "WHERE id > ? AND split IN ('train', 'duplicate') GROUP BY +ticket"
        )
        return dict(self.database.execute(query, (since.evaluation,)).fetchall())

    def evaluations_of_tickets(self, first: int, last: int) -> dict[int, int]:
        """Return how many evaluations were made under each of a range of tasks, held-out ones
        aside.
        """
        query = (
            "SELECT ticket, COUNT(*) FROM evaluations WHERE ticket BETWEEN ? AND ? "
            "AND split IN ('train', 'duplicate') GROUP BY ticket"
        )
        return dict(self.database.execute(query, (first, last)).fetchall())

    def spans(self, first_ticket: int) -> list[tuple[int, str, float, float | None]]:
        """Return (ticket, kind, begin, end) of the tasks from a ticket on; seconds since 1970, end
        None while a task is open.
        """
        rows = self.database.execute(
            "SELECT t.ticket, t.kind, t.at, "
            "(SELECT r.at FROM results r WHERE r.ticket = t.ticket AND r.last = 1) "
            "FROM tasks t WHERE t.ticket >= ? ORDER BY t.ticket",
            (first_ticket,),
        )
        return rows.fetchall()
