"""Results in the record: what came of each task, in the order in which the archive was told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from cladogen.proposal import Outcome, Proposal
from cladogen.record.checksums import insert
from cladogen.record.decode import as_proposal, as_task
from cladogen.record.recorded import (
    COLUMNS,
    MADE,
    OUTCOMES,
    SOURCE,
    TABLES,
    RecordedResult,
    ResultSource,
)
from cladogen.record.tables import Tables
from cladogen.result import Result, Standing
from cladogen.task import Task

_RESULT = "r.seq, r.ticket, r.round, r.last, r.at, r.outcome, r.program, r.standing, r.reason"
LAST = 2**63 - 1  # no row has a higher number
_STANDINGS = {standing.value: standing for standing in Standing}


class TaskResult(NamedTuple):
    """What came of one round of a task. ``last`` False: a repair followed."""

    seq: int
    ticket: int
    round: int
    last: bool
    at: float  # seconds since 1970
    outcome: Outcome
    program: int | None
    standing: Standing
    reason: str


class StoredResult(NamedTuple):
    """A result with its task and its proposal, None where nothing was proposed."""

    result: TaskResult
    task: Task
    proposal: Proposal | None


class ResultTable(Tables):
    """The table of results."""

    def add_result(self, result: Result, round_: int, standing: Standing) -> int:
        """Record what came of a round of a task, and what the archive made of it; return its
        row.
        """
        row = (
            result.task.ticket,
            round_,
            int(result.last),
            time.time(),
            str(result.outcome),
            result.program,
            str(standing),
            result.reason,
        )
        self.unwritten.wrote("results", result.task.ticket)
        with self.transaction():
            number = insert(self.database, "results", row)
        if result.last:
            self.unwritten.over(result.task.ticket)
        return number

    def results(self, after: int = -1) -> Iterator[TaskResult]:
        """Yield results, oldest first."""
        source = "FROM results r WHERE r.seq > ? ORDER BY r.seq"
        return self.select(_RESULT, source, (after,), _result, r="results")

    def results_with_proposals(
        self,
        ticket: int | None = None,
        *,
        after: int = -1,
        until: int = LAST,
        newest_first: bool = False,
    ) -> Iterator[tuple[TaskResult, Proposal | None]]:
        """Yield results, oldest first, of one task or of all after a row, up to another, with their
        proposals, which are without prompt, reply and patch.
        """
        values: tuple[int, ...]
        where, values = "WHERE r.seq > ? AND r.seq <= ?", (after, until)
        if ticket is not None:
            where, values = "WHERE r.ticket = ?", (ticket,)
        source = (
            "FROM results r LEFT JOIN proposals o ON o.ticket = r.ticket AND o.round = r.round "
            f"{where} ORDER BY r.seq {'DESC' if newest_first else ''}"
        )
        columns = f"o.operator, o.model, o.body, {_RESULT}"
        return self.select(columns, source, values, _with_proposal, r="results", o="proposals")

    def last_results(self, numbers: Iterable[int] | None = None) -> dict[int, tuple[int, int, int]]:
        """Return by program the ticket and round of its last result, and how many it has; of all
        programs, or of these.
        """
        among, values = "IS NOT NULL", tuple[str, ...]()
        if numbers is not None:
            among, values = "IN (SELECT value FROM json_each(?))", (json.dumps(list(numbers)),)
        rows = self.database.execute(
            f"SELECT program, ticket, round, COUNT(*), MAX(seq) FROM results "
            f"WHERE program {among} AND outcome != 'duplicate' GROUP BY program",
            values,
        )
        return {number: (ticket, round_, count) for number, ticket, round_, count, _ in rows}

    def history(self) -> Iterator[StoredResult]:
        """Yield results, oldest first, each with its task and its whole proposal."""
        columns = (
            f"t.kind, t.body, p.prompt, p.reply, p.patch, p.operator, p.model, p.body, {_RESULT}"
        )
        source = (
            "FROM results r JOIN tasks t ON t.ticket = r.ticket "
            "LEFT JOIN proposals p ON p.ticket = r.ticket AND p.round = r.round ORDER BY r.seq"
        )
        tables = {"r": "results", "t": "tasks", "p": "proposals"}
        return self.select(columns, source, (), self._in_history, **tables)

    def recorded(self, source: ResultSource, after: int = 0) -> Iterator[RecordedResult]:
        """Yield results after a row, oldest first, with what a fold mostly needs of them."""
        where = f"{SOURCE} WHERE r.seq > ? ORDER BY r.seq"
        make = partial(RecordedResult, source)
        return self.select(f"{COLUMNS}, {MADE}", where, (after,), make, **TABLES)

    def results_after(self, row: int) -> dict[int, int]:
        """Return how many results each program has after a row, those of duplicates apart."""
        query = (
            "SELECT program, COUNT(*) FROM results WHERE seq > ? AND program IS NOT NULL "
            "AND outcome != 'duplicate' GROUP BY program"
        )
        return dict(self.database.execute(query, (row,)).fetchall())

    def last_result(self) -> int:
        """Return the row of the last result, 0 when there is none."""
        return int(self.value("SELECT COALESCE(MAX(seq), 0) FROM results"))

    def sum_of_result(self, row: int) -> tuple[int, int | None] | None:
        """Return the ticket and the checksum of a result, None where there is none."""
        query = "SELECT ticket, checksum FROM results WHERE seq = ?"
        found: tuple[int, int | None] | None = self.database.execute(query, (row,)).fetchone()
        return found

    def recorded_result(
        self, source: ResultSource, ticket: int, round_: int
    ) -> RecordedResult | None:
        """Return the result of a round of a task."""
        where = f"{SOURCE} WHERE r.ticket = ? AND r.round = ?"
        make = partial(RecordedResult, source)
        rows = self.select(f"{COLUMNS}, {MADE}", where, (ticket, round_), make, **TABLES)
        return next(rows, None)

    def with_several_results(self) -> set[int]:
        """Return the programs that have more than one result."""
        rows = self.database.execute(
            "SELECT program FROM results WHERE program IS NOT NULL AND outcome != 'duplicate'"
        )
        known, several = bytearray(), set[int]()  # a byte each: SQLite would sort them in memory
        for (number,) in rows:
            if number >= len(known):
                known.extend(bytes(number + 1 - len(known)))
            if known[number]:
                several.add(number)
            known[number] = 1
        return several

    def _in_history(self, kind: str, asked: str, *rest: Any) -> StoredResult:
        texts = tuple(map(self.texts.get_text, rest[:3]))
        result, proposal = _with_proposal(*rest[3:], texts=texts)
        return StoredResult(result, as_task(kind, asked), proposal)

    def latest_result(self, outcome: Outcome) -> tuple[int, str] | None:
        """Return ticket and reason of the latest result of an outcome."""
        query = "SELECT ticket, reason FROM results WHERE outcome = ? ORDER BY seq DESC LIMIT 1"
        found: tuple[int, str] | None = self.database.execute(query, (str(outcome),)).fetchone()
        return found

    def latest_accepted(self, status: str) -> tuple[int, str] | None:
        """Return ticket and reason of the latest accepted result whose program has a status."""
        query = (
            "SELECT r.ticket, r.reason FROM results r JOIN scores s ON s.program = r.program "
            "WHERE r.outcome = 'accepted' AND s.status = ? ORDER BY r.seq DESC LIMIT 1"
        )
        found: tuple[int, str] | None = self.database.execute(query, (status,)).fetchone()
        return found

    def answered(self) -> int:
        """Return how many results came of a proposal of a child."""
        parents = "CASE WHEN json_valid(o.body) THEN json_array_length(o.body, '$.parents') END"
        return int(
            self.value(
                "SELECT COUNT(*) FROM results r JOIN proposals o ON o.ticket = r.ticket "
                f"AND o.round = r.round WHERE {parents} > 0"
            )
        )

    def results_known(self, programs: int, after: int, until: int) -> int:
        """Return the last result after a row, up to another, before the first one of a program
        whose number is not below ``programs``.
        """
        query = "SELECT seq FROM results WHERE seq > ? AND seq <= ? AND program >= ? "
        first = self.value(f"{query} ORDER BY seq LIMIT 1", (after, until, programs))
        return until if first is None else int(first) - 1

    def result_times(self) -> list[float]:
        """Return when each result was recorded (seconds since 1970), in their order."""
        return [at for (at,) in self.database.execute("SELECT at FROM results ORDER BY seq")]

    def rounds_done(self, ticket: int) -> int:
        """Return how many rounds of a task (a proposal, then its repairs) have a result."""
        if self.unwritten.nothing("results", ticket):
            return 0
        return int(self.value("SELECT count(*) FROM results WHERE ticket = ?", (ticket,)))

    def last_result_at(self, outcome: Outcome | None = None) -> float:
        """Return when the last result (of that outcome) was recorded, 0 when there is none."""
        where, values = ("", ()) if outcome is None else ("WHERE outcome = ?", (str(outcome),))
        query = f"SELECT at FROM results {where} ORDER BY seq DESC LIMIT 1"
        return float(self.value(query, values) or 0.0)


def _result(*row: Any) -> TaskResult:
    seq, ticket, round_, last, at, outcome, program, standing, reason = row
    kinds = OUTCOMES[outcome], _STANDINGS[standing]
    return TaskResult(seq, ticket, round_, bool(last), at, kinds[0], program, kinds[1], reason)


def _with_proposal(
    operator: str, model: str, body: str | None, *row: Any, texts: tuple[str, ...] = ("", "", "")
) -> tuple[TaskResult, Proposal | None]:
    result = _result(*row)
    if body is None:
        return result, None
    return result, as_proposal(result.ticket, operator, model, body, texts)
