"""What the tables of a run share: the database, its texts, its transactions."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from cladogen.errors import RunError
from cladogen.record import checksums
from cladogen.record.blobs import BlobStore
from cladogen.record.checksums import has_checksums
from cladogen.record.group_commit import GroupCommit, log_syncer

Value = TypeVar("Value")
_DAMAGED = "is not what its checksum says: damaged record; see: evolve check"


class Tables:
    """An open database. Each group of tables is a class of its own over it; `Store` is all."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self.folder = folder
        self.database = database
        self.texts = BlobStore(database, folder)
        self.warn: Callable[[str], None] | None = None  # takes what is wrong with rows
        self._warned = False
        self.on_disk = GroupCommit(log_syncer(folder / "run.db")).on_disk

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Group rows into one transaction; a full disk becomes a RunError and nothing of the group
        is kept.
        """
        if self.database.in_transaction:
            yield
            return
        try:
            with self.database:
                self.database.execute("BEGIN IMMEDIATE")
                yield
        except sqlite3.OperationalError as error:
            raise RunError(
                f"{self.folder}: cannot write the record ({error}); free space, then resume"
            ) from error

    @contextlib.contextmanager
    def one_moment(self) -> Iterator[None]:
        """Read the record as it is at one moment, however much is recorded during the block."""
        if self.database.in_transaction:
            yield
            return
        self.database.execute("BEGIN")
        try:
            yield
        finally:
            self.database.rollback()  # nothing was written

    @contextlib.contextmanager
    def durably(self) -> Iterator[None]:
        """A transaction that is on the disk itself when the block ends: for what was paid for."""
        self.database.execute("PRAGMA synchronous = FULL")
        try:
            with self.transaction():
                yield
        finally:
            self.database.execute("PRAGMA synchronous = NORMAL")

    @cached_property
    def summed(self) -> bool:
        """Whether rows may have checksums: this version has written to the run."""
        return has_checksums(self.database)

    def select(
        self,
        columns: str,
        source: str,
        values: tuple[Any, ...],
        make: Callable[..., Value],
        **aliases: str,
    ) -> Iterator[Value]:
        """Yield what ``make`` makes of the columns of each row, whose checksums are compared.

        ``aliases`` are the names that ``source`` (FROM and so on) gives to the tables to compare.
        A row that is wrong is told to ``warn``; it is a RunError where nobody listens, or nothing
        can be made of it. Rows of earlier versions have no checksum.
        """
        wrong = checksums.wrong(**aliases) if self.summed else "NULL"
        for damaged, *row in self.database.execute(f"SELECT {wrong}, {columns} {source}", values):
            if damaged is not None:
                self._found_wrong(damaged)
            try:
                made = make(*row)
            except (ValueError, TypeError, LookupError):
                raise self._error(damaged or f"a row of {next(iter(aliases.values()))}") from None
            yield made

    def _found_wrong(self, row: str) -> None:
        if self.warn is None:
            raise self._error(row)
        if not self._warned:  # one line, however many there are
            self._warned = True
            self.warn(f"{row} {_DAMAGED} {self.folder}")

    def _error(self, row: str) -> RunError:
        return RunError(f"{self.folder}: {row} {_DAMAGED} {self.folder}")

    def value(self, query: str, values: tuple[Any, ...] = ()) -> Any:
        """Return the first column of a query's first row, None when it has no row."""
        row = self.database.execute(query, values).fetchone()
        return None if row is None else row[0]
