"""The record of a run: ``run.db``, SQLite in WAL mode, append-only rows.

Everything else is derived from it: the archive and the bandits are folds over results,
``programs.git`` is a projection of programs. A row is on disk before anybody acts on it, so
``kill -9`` loses only work in flight, and a task without a result is work to take up again.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cladogen.errors import RunError
from cladogen.proposal import Outcome
from cladogen.record.bests import NamedBest
from cladogen.record.changes import ChangeTable
from cladogen.record.checksums import OnKnownKey, insert
from cladogen.record.database import connect, lay_down
from cladogen.record.lock import WHOLE_RUN, RunLock
from cladogen.record.programs import ProgramTable
from cladogen.record.run_events import EventTable
from cladogen.record.tallies import TallyTable
from cladogen.record.tasks import TaskTable
from cladogen.result import Result, Standing

FORMAT = 1
SUMMED = "checksums"  # in meta: every row of this run has one


class Store(
    TaskTable,
    ProgramTable,
    TallyTable,
    EventTable,
    ChangeTable,
):
    """The rows of one run folder. Made by `create` or `open`; one writer at a time, by a lock."""

    def __init__(self, folder: Path, *, write: bool, held_for: str = WHOLE_RUN) -> None:
        self._lock = RunLock.take(folder, held_for) if write else None
        try:
            super().__init__(folder, connect(folder / "run.db", write=write))
        except RunError:
            if self._lock is not None:
                self._lock.close()
            raise

    @staticmethod
    def create(folder: Path, meta: Mapping[str, Any]) -> Store:
        """Make a run folder that holds ``meta``; raises RunError where one is already.

        The database appears whole: a run killed while it was made is no run, and the same command
        makes it.
        """
        Store.claim(folder)
        whole = {"format": FORMAT, SUMMED: True, "started": time.time(), **meta}
        with RunLock.take(folder):
            lay_down(folder / "run.db", {key: json.dumps(value) for key, value in whole.items()})
        return Store(folder, write=True)

    @staticmethod
    def claim(folder: Path) -> None:
        """Make the folder of a new run; raises RunError where a run is already, or none can be."""
        if (folder / "run.db").exists():
            raise RunError(
                f"{folder}: a run is here already; continue it with: evolve run --resume {folder}"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"{folder}: cannot be made ({error.strerror}); name another place with --run"
            ) from None

    @staticmethod
    def open(folder: Path, *, write: bool = False, held_for: str = WHOLE_RUN) -> Store:
        """Open a run; raises RunError when there is none, it is damaged, newer than this version,
        or in use.
        """
        if not (folder / "run.db").exists():
            raise RunError(
                f"{folder}: no run here (no run.db); start one with: evolve run PROBLEM --run "
                f"{folder}"
            )
        store = Store(folder, write=write, held_for=held_for)
        try:
            store._check_format()
        except RunError:
            store.close()
            raise
        return store

    def add_result(
        self, result: Result, round_: int, standing: Standing, named: NamedBest | None = None
    ) -> int:
        """Record what came of a round of a task, with its program's score, and count it; for a
        duplicate the evaluations that it took to find out; and what it changed of the best where an
        archive names that. Return its row.
        """
        number, duplicate = result.program, result.outcome is Outcome.DUPLICATE
        with self.transaction():
            if duplicate and number is not None:
                ticket, made = result.task.ticket, result.evaluations
                self.add_evaluations(number, ticket, made, split="duplicate")
            row = super().add_result(result, round_, standing)
            self.count(row, result, round_, standing, named)
            if named is not None and named.changed:
                self.add_named_best(row, named)
            if number is not None and not duplicate and result.score is not None:
                self.add_score(number, row, result.score)
        return row

    def close(self) -> None:
        self.database.close()
        if self._lock is not None:
            self._lock.close()

    def meta(self) -> dict[str, Any]:
        """Return what the run was begun with."""
        rows = self.select("key, value", "FROM meta", (), _as_fact, meta="meta")
        return dict(rows)

    @property
    def summed_throughout(self) -> bool:
        """Whether every row should have a checksum: no earlier version has written any."""
        return self.summed and bool(self.value("SELECT 1 FROM meta WHERE key = ?", (SUMMED,)))

    def set_meta(self, key: str, value: Any) -> None:
        insert(self.database, "meta", (key, json.dumps(value)), OnKnownKey.REPLACED)

    def _why_damaged(self, error: sqlite3.DatabaseError) -> str:
        """Say that the record cannot be read at all, and where its programs may still be."""
        path, commits = self.folder / "run.db", self.folder / "programs.git"
        empty = path.is_file() and path.stat().st_size == 0
        what = "is empty; restore a copy" if empty else f"damaged ({error}); restore a copy, or try"
        line = f"{path}: {what}" + ("" if empty else ": sqlite3 .recover")
        if commits.is_dir():
            line += f"; its programs are commits: git --git-dir={commits} log --all"
        return line

    def _check_format(self) -> None:
        try:
            text = self.value("SELECT value FROM meta WHERE key = 'format'")
            version = json.loads(text or "null")
        except ValueError:
            version = None
        except sqlite3.DatabaseError as error:
            raise RunError(self._why_damaged(error)) from error
        if not isinstance(version, int):
            raise RunError(
                f"{self.folder}: damaged, for it does not say its format; restore a copy"
            )
        if version > FORMAT:
            raise RunError(
                f"{self.folder}: written in format {version}, this version reads up to {FORMAT}; "
                "upgrade cladogen"
            )


def _as_fact(key: str, text: str) -> tuple[str, Any]:
    return key, json.loads(text)
