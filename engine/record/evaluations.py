"""Evaluations in the record: one row for each program, case and seed."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import NamedTuple

from cladogen.evaluation import Evaluation
from cladogen.record.decode import as_brief_evaluation, as_evaluation
from cladogen.record.tables import Tables

_ADDED = (
    "program, ticket, split, fresh, name, seed, status, metrics, feedback, log, output, wall_s, "
    "cpu_s, peak_memory_mb, output_bytes, cost_usd, at"
)
_READ = (
    "e.id, e.program, e.ticket, e.fresh, p.tree, e.name, e.seed, e.status, e.metrics, e.feedback, "
    "e.log, e.output, e.wall_s, e.cpu_s, e.peak_memory_mb, e.output_bytes, e.cost_usd"
)


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
        evaluations: tuple[Evaluation, ...],
        *,
        split: str = "train",
        fresh: bool = False,
    ) -> None:
        now = time.time()
        rows = [
            (
                number,
                ticket,
                split,
                fresh,
                e.case,
                e.seed,
                e.status.value,
                json.dumps(dict(e.metrics)),
                e.feedback,
                e.log,
                e.output,
                *astuple(e.usage),
                e.cost_usd,
                now,
            )
            for e in evaluations
        ]
        with self.transaction():
            self.database.executemany(
                f"INSERT INTO evaluations ({_ADDED}) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
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

    def _add_returned(self, evaluations: Sequence[Evaluation]) -> None:
        """Store what programs returned, each output once."""
        for output, text in {e.output: e.returned for e in evaluations if e.returned}.items():
            self.database.execute(
                "INSERT OR IGNORE INTO outputs VALUES (?, ?)", (output, self.texts.put_text(text))
            )

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
        rows = self.database.execute(
            f"SELECT {_READ} FROM evaluations e JOIN programs p ON p.number = e.program "
            f"WHERE {where}e.id > ? ORDER BY e.id",
            (*given.values(), after),
        )
        for row, program, made_by, fresh, tree, *rest in rows:
            evaluation = as_evaluation(tree, rest)
            yield StoredEvaluation(row, program, made_by, bool(fresh), evaluation)

    def brief_evaluations(
        self, split: str, number: int | None = None
    ) -> Iterator[tuple[int, Evaluation]]:
        """Yield program numbers with evaluations that hold no more than a score needs."""
        asked = {"split": split} if number is None else {"split": split, "program": number}
        where = " AND ".join(f"{column} = ?" for column in asked)
        rows = self.database.execute(
            "SELECT program, name, seed, status, metrics, feedback FROM evaluations "
            f"WHERE {where} ORDER BY id",
            tuple(asked.values()),
        )
        for program, *rest in rows:
            yield program, as_brief_evaluation(rest)

    def pending_evaluations(self, ticket: int) -> int:
        """Return how many training evaluations of a task are recorded whose result is not."""
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

    def evaluation_usd(self) -> float:
        """Return the dollars that evaluations are known to have cost."""
        return float(self.value("SELECT TOTAL(cost_usd) FROM evaluations"))

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
