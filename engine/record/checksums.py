"""A checksum for every row: a number that the disk turned into another is found when it is read.

The checksum of a row is the CRC-32 of its columns, but for the number that SQLite gives it: these
numbers have no gaps, so a wrong one is found, too, and so is a row that is lost. What is hashed is
the kinds of the values, then the numbers (64 bits each, little-endian), then the texts (UTF-8, zero
bytes between), then the blobs. Rows of earlier versions have no checksum.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from cladogen.kernels.row_sums import Row, checksum

__all__ = [
    "TABLES",
    "OnKnownKey",
    "checksum",
    "computed",
    "insert",
    "insert_all",
    "key_of",
    "wrong",
]


class OnKnownKey(StrEnum):
    """What becomes of a row whose key is recorded already."""

    REFUSED = "is an error"
    STAYS = "stays as it is"
    REPLACED = "is replaced"


class CheckedColumns(NamedTuple):
    """The columns that a checksum is of; ``number`` is the one that SQLite fills, or ""."""

    number: str
    names: tuple[str, ...]


def _columns(names: str, number: str = "") -> CheckedColumns:
    return CheckedColumns(number, tuple(names.split()))


TABLES = {
    "meta": _columns("key value"),
    "texts": _columns("hash base depth size data", "id"),
    "tasks": _columns("ticket at kind asker body"),
    "proposals": _columns("ticket round at operator model prompt reply patch body", "id"),
    "programs": _columns("number tree parents ticket round canonical files"),
    "evaluations": _columns(
        "program ticket split fresh name seed status metrics feedback log output wall_s cpu_s "
        "peak_memory_mb output_bytes cost_usd at",
        "id",
    ),
    "outputs": _columns("output text"),
    "results": _columns("ticket round last at outcome program standing reason", "seq"),
    "scores": _columns("program result status fitness cases body"),
    "bests": _columns("result program before maker"),
    "tallies": _columns("operator model specialist in_vain results result best body", "id"),
    "events": _columns("at kind body", "id"),
    "calls": _columns("at ticket round key request reply body", "id"),
}


def insert(
    database: sqlite3.Connection, table: str, row: Row, known: OnKnownKey = OnKnownKey.REFUSED
) -> int:
    """Insert a row, all columns of `TABLES` in order; return the number that it got."""
    cursor = database.execute(_insertion(table, known), (*row, checksum(*row)))
    return cursor.lastrowid or 0


def insert_all(database: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    """Insert rows as `insert` does."""
    summed = ((*row, checksum(*row)) for row in rows)
    database.executemany(_insertion(table, OnKnownKey.REFUSED), summed)


@lru_cache(maxsize=64)
def _insertion(table: str, known: OnKnownKey) -> str:
    columns = (*TABLES[table].names, "checksum")
    marks = ", ".join("?" * len(columns))
    ending = {
        OnKnownKey.REFUSED: "",
        OnKnownKey.STAYS: "ON CONFLICT DO NOTHING",
        OnKnownKey.REPLACED: "ON CONFLICT DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in columns),
    }
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) {ending[known]}"


def understand(database: sqlite3.Connection) -> None:
    """Give a connection the function ``row_checksum``."""
    database.create_function("row_checksum", -1, checksum, deterministic=True)


def add_columns(database: sqlite3.Connection) -> None:
    """Give the tables of a run that an earlier version began a column for checksums."""
    for table in [] if has_checksums(database) else TABLES:
        if not has_checksums(database, table):
            database.execute(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER")


def has_checksums(database: sqlite3.Connection, table: str = "meta") -> bool:
    """Tell whether a table (as one of them, all) has a column for checksums."""
    query = "SELECT COUNT(*) FROM pragma_table_info(?) WHERE name = 'checksum'"
    return bool(database.execute(query, (table,)).fetchone()[0])


def computed(table: str, alias: str = "", **other: str) -> str:
    """Return the SQL of a row's checksum, as its columns give it; ``other`` replaces columns."""
    dot = f"{alias}." if alias else ""
    columns = (other.get(name, dot + name) for name in TABLES[table].names)
    return f"row_checksum({', '.join(columns)})"


def wrong(**aliases: str) -> str:
    """Return the SQL that says which row is not what its checksum says, NULL where all are.

    ``aliases`` are a query's names of tables, with the tables.
    """
    cases = (
        f"WHEN {alias}.checksum != {computed(table, alias)} "
        f"THEN '{table}, row ' || {alias}.{key_of(table)}"
        for alias, table in aliases.items()
    )
    return f"CASE {' '.join(cases)} END"


def key_of(table: str) -> str:
    """Return the column that names a row of a table."""
    number, names = TABLES[table]
    return number or names[0]
