"""What the tables of a run share: the database, its texts, its transactions."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cladogen.errors import RunError
from cladogen.record.blobs import BlobStore


class Tables:
    """An open database. Each group of tables is a class of its own over it; `Store` is all."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self.folder = folder
        self.database = database
        self.texts = BlobStore(database, folder)

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
    def durably(self) -> Iterator[None]:
        """A transaction that is on the disk itself when the block ends: for what was paid for."""
        self.database.execute("PRAGMA synchronous = FULL")
        try:
            with self.transaction():
                yield
        finally:
            self.database.execute("PRAGMA synchronous = NORMAL")

    def value(self, query: str, values: tuple[Any, ...] = ()) -> Any:
        """Return the first column of a query's first row, None when it has no row."""
        row = self.database.execute(query, values).fetchone()
        return None if row is None else row[0]
