"""Evaluations in the record: one row for each program, case and seed."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cladogen.evaluation import Evaluation, Status
from cladogen.record.checksums import OnKnownKey, insert, insert_all
from cladogen.record.decode import as_brief_evaluation, as_evaluation
from cladogen.record.tables import Tables

_READ = (
    "e.id, e.program, e.ticket, e.fresh, p.tree, e.name, e.seed, e.status, e.metrics, e.feedback, "
    "e.log, e.output, e.wall_s, e.cpu_s, e.peak_memory_mb, e.output_bytes, e.cost_usd"
)

FRESH = "evaluations, fresh"  # what `Unwritten` calls those of a second look
_BRIEF = "program, name, seed, status, metrics, feedback"


class StoredEvaluation(NamedTuple):
    """An evaluation, its row, the program's number and the ticket it was made under.

    ``fresh``: in a sandbox that held no candidate before.
    """

    row: int
    program: int
    ticket: int
    fresh: bool
    evaluation: Evaluation


class EvaluationTable(Tables):
    """The table of evaluations. ``split`` is train, heldout, or duplicate (of a known program)."""

    def add_evaluations(
        self,
        number: int,
        ticket: int,
        evaluations: Sequence[Evaluation],
        *,
        split: str = "train",
        fresh: bool = False,
    ) -> None:
        now = time.time()
        self.unwritten.wrote("evaluations", ticket)
        if fresh:
            self.unwritten.wrote(FRESH, ticket)
        rows = [
            (
                number,
                ticket,
                split,
                int(fresh),
                e.case,
                e.seed,
                e.status.value,
                json.dumps(dict(e.metrics)),
                e.feedback,
                e.log,
                e.output,
                float(e.usage.wall_s),
                float(e.usage.cpu_s),
                float(e.usage.peak_memory_mb),
                int(e.usage.output_bytes),
                None if e.cost_usd is None else float(e.cost_usd),
                now,
            )
            for e in evaluations
        ]
        with self.transaction():
            insert_all(self.database, "evaluations", rows)
            self._add_returned(evaluations)

    def returned(self, output: str) -> str:
        """Return the beginning of what a program returned, by its fingerprint; "" where it was not
        kept.
        """
        try:
            text = self.value("SELECT text FROM outputs WHERE output = ?", (output,))
        except sqlite3.OperationalError:  # a run of an earlier version, opened for reading
            return ""
        return self.texts.get_text(text)

    def picture(self, output: str, case: str) -> str:
        """Return what the scorer drew of an output on a case, as a URL; "" where it drew
        nothing.
        """
        return self.returned(_drawn(output, case)) if output else ""

    def _add_returned(self, evaluations: Sequence[Evaluation]) -> None:
        """Store what programs returned, each output once, and what was drawn of it."""
        kept = {e.output: e.returned for e in evaluations if e.returned}
        kept |= {_drawn(e.output, e.case): e.picture for e in evaluations if e.picture}
        for output, text in kept.items():
            row = (output, self.texts.put_text(text))
            insert(self.database, "outputs", row, OnKnownKey.STAYS)

    def evaluations(
        self,
        number: int | None = None,
        *,
        split: str | None = "train",
        ticket: int | None = None,
        after: int = -1,
    ) -> Iterator[StoredEvaluation]:
        """Yield evaluations, oldest first."""
        asked = {"program": number, "split": split, "ticket": ticket}
        given = {column: value for column, value in asked.items() if value is not None}
        # Only what was asked for is named: "? IS NULL OR" would keep SQLite from using its indexes.
        where = "".join(f"e.{column} = ? AND " for column in given)
        source = (
            "FROM evaluations e JOIN programs p ON p.number = e.program "
            f"WHERE {where}e.id > ? ORDER BY e.id"
        )
        asked_for = (*given.values(), after)
        return self.select(_READ, source, asked_for, _as_stored, e="evaluations")

    def brief_evaluations(
        self, split: str, numbers: range | None = None
    ) -> Iterator[tuple[int, Evaluation]]:
        """Yield program numbers with evaluations that hold no more than a score needs; of all
        programs, or of those in a range with step 1.
        """
        where, values = "split = ?", tuple[str | int, ...]((split,))
        if numbers is not None:
            where = "split = ? AND program >= ? AND program < ?"
            values = (split, numbers.start, numbers.stop)
        source = f"FROM evaluations WHERE {where} ORDER BY id"
        return self.select(_BRIEF, source, values, _as_brief, evaluations="evaluations")

    def made(self) -> dict[tuple[int, int], int]:
        """Return how many training evaluations each program got under each ticket, by ticket and
        program.
        """
        rows = self.database.execute(
            "SELECT ticket, program, COUNT(*) FROM evaluations WHERE split = 'train' "
            "GROUP BY ticket, program"
        )
        return {(ticket, program): count for ticket, program, count in rows}

    def made_under(self, ticket: int, number: int) -> int:
        """Return how many training evaluations a program got under a ticket."""
        query = (
            "SELECT COUNT(*) FROM evaluations WHERE ticket = ? AND program = ? AND split = 'train'"
        )
        return int(self.value(query, (ticket, number)))

    def evaluation_count(self) -> int:
        """Return how many training evaluations there are."""
        return int(self.value("SELECT COUNT(*) FROM evaluations WHERE split = 'train'"))

    def outputs(self) -> Iterator[tuple[int, int, Evaluation]]:
        """Yield the training evaluations by program, oldest first, each with the program's number
        and the ticket: case, seed, status and output, and no more of it.
        """
        columns = "program, ticket, name, seed, status, output"
        source = "FROM evaluations WHERE split = 'train' ORDER BY program, id"
        return self.select(columns, source, (), _as_output, evaluations="evaluations")

    def pending_evaluations(self, ticket: int) -> int:
        """Return how many training evaluations of a task are recorded whose result is not."""
        if self.unwritten.nothing("evaluations", ticket):
            return 0
        return int(
            self.value(
                "SELECT count(*) FROM evaluations e WHERE e.ticket = ? AND e.split = 'train' "
                "AND NOT EXISTS (SELECT 1 FROM results r WHERE r.ticket = e.ticket "
                "AND r.program = e.program)",
                (ticket,),
            )
        )

    def case_names(self, split: str = "train") -> list[str]:
        """Return the names of the cases that anything was evaluated on, sorted."""
        query = "SELECT DISTINCT name FROM evaluations WHERE split = ? ORDER BY name"
        return [name for (name,) in self.database.execute(query, (split,))]

    def costly_evaluations(self) -> bool:
        """Tell whether any evaluation says what it cost."""
        return bool(
            self.value("SELECT EXISTS (SELECT 1 FROM evaluations WHERE cost_usd IS NOT NULL)")
        )

    def evaluation_usd(self, after: int = -1) -> float:
        """Return the dollars that evaluations after a row are known to have cost."""
        query = "SELECT TOTAL(cost_usd) FROM evaluations WHERE cost_usd IS NOT NULL AND id > ?"
        return float(self.value(query, (after,)))

    def found_out_anything(self) -> bool:
        """Return whether a program was judged or a model asked: whether there is anything to
        lose.
        """
        return bool(
            self.value(
                "SELECT EXISTS (SELECT 1 FROM evaluations WHERE status != 'infra') "
                "OR EXISTS (SELECT 1 FROM calls)"
            )
        )


def _drawn(output: str, case: str) -> str:
    """Return the name under which the picture of an output on a case is kept."""
    return f"{output} {case}"


def _as_stored(
    row: int, program: int, ticket: int, fresh: int, tree: str, *rest: Any
) -> StoredEvaluation:
    return StoredEvaluation(row, program, ticket, bool(fresh), as_evaluation(tree, rest))


def _as_output(
    program: int, ticket: int, case: str, seed: int, status: str, output: str
) -> tuple[int, int, Evaluation]:
    return program, ticket, Evaluation("", case, seed, Status(status), output=output)


def _as_brief(program: int, *rest: Any) -> tuple[int, Evaluation]:
    return program, as_brief_evaluation(rest)
