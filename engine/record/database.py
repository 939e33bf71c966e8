"""The database file of a run: made whole or not at all, opened for reading or for writing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from cladogen.errors import RunError
from cladogen.record.checksums import add_columns, insert_all, understand
from cladogen.record.schema import SCHEMA
from cladogen.record.set_aside import set_aside


def lay_down(path: Path, meta: Mapping[str, str]) -> None:
    """Make a database with these rows of meta, under another name until it is whole and on the
    disk.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        database = sqlite3.connect(part, isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode = MEMORY")
            database.execute("PRAGMA synchronous = OFF")
            database.executescript(f"BEGIN; {SCHEMA}")
            insert_all(database, "meta", meta.items())
            database.execute("COMMIT")
        finally:
            database.close()
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except (sqlite3.DatabaseError, OSError) as error:
        raise RunError(
            f"{path}: cannot be made ({error}); is the disk full, or the folder read-only?"
        ) from error


LOG_PAGES = 4000  # of the log, from which it is taken into the database: at four times what SQLite
# takes, pages that are written again and again go there a fourth as often


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open a database; raises RunError for one that cannot be opened."""
    mode = "rwc" if write else "ro"
    if not write and not _log_may_be_made(path):
        mode += "&immutable=1"
    try:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        database = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)
    except sqlite3.DatabaseError as error:
        raise RunError(f"{path}: cannot be opened ({error}); is the folder readable?") from error
    understand(database)
    try:
        if write:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
            database.executescript(SCHEMA)
            add_columns(database)
            set_aside(path.with_name(f"{path.name}-wal"))
    except sqlite3.DatabaseError as error:
        database.close()
        raise RunError(
            f"{path}: cannot be opened ({error}); is it damaged, or the folder read-only?"
        ) from error
    return database


def _log_may_be_made(path: Path) -> bool:
    """Tell whether SQLite can keep its log beside the database, as even a reader must; not on a
    read-only disk.
    """
    log = path.with_name(path.name + "-wal")
    return log.exists() or os.access(path.parent, os.W_OK)
