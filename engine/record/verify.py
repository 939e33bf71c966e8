"""Verifying a whole record: every text, every row, and which programs are whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from cladogen.errors import RunError
from cladogen.evaluation import Status
from cladogen.proposal import Outcome
from cladogen.record import checksums
from cladogen.record.store import Store

TABLES = ("texts", "tasks", "proposals", "programs", "evaluations", "results", "events", "calls")
# Columns that hold JSON, and columns that name a row of another table.
_JSON = {
    "meta": ("value",),
    "tasks": ("body",),
    "proposals": ("body",),
    "programs": ("parents", "files"),
    "evaluations": ("metrics",),
    "events": ("body",),
    "calls": ("body",),
}
_NAMES = (
    ("proposals", "prompt", "texts", "id"),
    ("proposals", "reply", "texts", "id"),
    ("proposals", "patch", "texts", "id"),
    ("proposals", "ticket", "tasks", "ticket"),
    ("calls", "request", "texts", "id"),
    ("calls", "reply", "texts", "id"),
    ("outputs", "text", "texts", "id"),
    ("texts", "base", "texts", "id"),
    ("evaluations", "program", "programs", "number"),
    ("results", "program", "programs", "number"),
    ("scores", "program", "programs", "number"),
    ("scores", "cases", "texts", "id"),
    ("results", "ticket", "tasks", "ticket"),
)
# Columns that hold one of a few words.
_WORDS: tuple[tuple[str, str, type[StrEnum]], ...] = (
    ("evaluations", "status", Status),
    ("results", "outcome", Outcome),
)
_TEXTS = (("proposals", "prompt"), ("proposals", "reply"), ("proposals", "patch"),
          ("calls", "request"), ("calls", "reply"), ("outputs", "text"))  # fmt: skip


Begin = Callable[[int], Callable[[], object]]


def _unheard(total: int) -> Callable[[], object]:
    return lambda: None


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. ``counts`` are the rows of each table; ``damages`` are lines, one each;
    ``lost`` are programs that cannot be read, ``programs`` how many there are; ``unsummed`` are
    the rows that an earlier version wrote, which have no checksum.
    """

    counts: dict[str, int]
    damages: tuple[str, ...]
    lost: tuple[int, ...]
    programs: int
    unsummed: int

    @property
    def sound(self) -> bool:
        return not self.damages


def verify(store: Store, begin: Begin = _unheard) -> Verified:
    """Read everything that a run recorded: compare texts, rows and programs with their checksums,
    and rows with each other.

    ``begin`` is given how many texts and programs there are, and gives what is called after each.
    """
    pages = list(_pages(store))
    try:
        idents, numbers = _rows(store, "SELECT id FROM texts"), _numbers(store)
        heard = begin(len(idents) + len(numbers))
        texts = {ident for (ident,) in idents if _bad(store, ident, heard)}
        lost = [number for number in numbers if _program_lost(store, number, heard)]
        rows = [*pages, *_of_texts(store, texts), *_of_rows(store)]
        if store.summed_throughout:
            rows += [*_lost_checksums(store), *_lost_rows(store)]
        rows += [*_of_json(store), *_of_names(store)]
        rows += [*_of_words(store), *_of_parents(store)]
        rows += [f"program #{number} cannot be read" for number in lost]
        counts = {table: store.value(f"SELECT COUNT(*) FROM {table}") for table in TABLES}
    except sqlite3.DatabaseError as error:
        return Verified({}, (*pages, f"run.db cannot be read to its end ({error})"), (), 0, 0)
    unsummed = _without_checksum(store)
    return Verified(counts, tuple(rows), tuple(lost), counts["programs"], unsummed)


def _rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    return store.database.execute(query).fetchall()


def _numbers(store: Store) -> list[int]:
    return [number for (number,) in _rows(store, "SELECT number FROM programs ORDER BY number")]


def _pages(store: Store) -> Iterator[str]:
    """Yield what SQLite finds wrong with its own pages and indexes."""
    try:
        for (said,) in store.database.execute("PRAGMA integrity_check(20)"):
            if said != "ok":
                yield f"run.db: {said}"
    except sqlite3.DatabaseError as error:
        yield f"run.db: {error}"


def _is_there(store: Store, table: str) -> bool:
    """Tell whether a run has a table; those that earlier versions began may lack one."""
    return store.value("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)) is not None


def _bad(store: Store, ident: int, heard: Callable[[], object]) -> bool:
    heard()
    try:
        store.texts.get(ident)
    except RunError:
        return True
    return False


def _program_lost(store: Store, number: int, heard: Callable[[], object]) -> bool:
    heard()
    try:
        store.program(number)
    except (RunError, TypeError, ValueError):
        return True
    return False


def _of_texts(store: Store, bad: set[int]) -> Iterator[str]:
    """Yield each damaged text, with the tasks whose words it is."""
    for ident in sorted(bad):
        used = []
        for table, column in _TEXTS:
            if not _is_there(store, table):
                continue
            ticket = "ticket" if table != "outputs" else "-1"
            query = f"SELECT {ticket} FROM {table} WHERE {column} = {int(ident)}"
            used += [f"{column} of task {at}" if at >= 0 else "an output" for (at,) in
                     _rows(store, query)]  # fmt: skip
        whose = f" ({', '.join(dict.fromkeys(used))})" if used else ""
        yield f"text {ident} is not what its SHA-256 says{whose}"


def _of_rows(store: Store) -> Iterator[str]:
    """Yield each row that is not what its checksum says."""
    for table in filter(partial(_is_there, store), checksums.TABLES if store.summed else ()):
        wrong = checksums.wrong(t=table)
        for (row,) in _rows(store, f"SELECT {wrong} AS row FROM {table} t WHERE row NOT NULL"):
            yield f"{row} is not what its checksum says"


def _lost_checksums(store: Store) -> Iterator[str]:
    for table in filter(partial(_is_there, store), checksums.TABLES):
        key = checksums.key_of(table)
        for (row,) in _rows(store, f"SELECT {key} FROM {table} WHERE checksum IS NULL"):
            yield f"{table}, row {row} has lost its checksum"


def _lost_rows(store: Store) -> Iterator[str]:
    """Yield each gap in the numbers of rows, which the record gives without any."""
    numbered = {table: of.number for table, of in checksums.TABLES.items() if of.number}
    for table, number in numbered.items():
        before = 0
        for (row,) in _rows(store, f"SELECT {number} FROM {table} ORDER BY {number}"):
            if row != before + 1:
                yield f"{table}: row {before + 1} is not there, row {row} follows {before}"
            before = row


def _without_checksum(store: Store) -> int:
    without = "WHERE checksum IS NULL" if store.summed else ""
    return sum(store.value(f"SELECT COUNT(*) FROM {table} {without}") for table in TABLES)


def _of_json(store: Store) -> Iterator[str]:
    for table, columns in _JSON.items():
        for column in columns:
            query = f"SELECT rowid FROM {table} WHERE NOT json_valid({column})"
            for (row,) in _rows(store, query):
                yield f"{table}, row {row}: {column} cannot be read"


def _of_names(store: Store) -> Iterator[str]:
    for table, column, other, key in _NAMES:
        if not _is_there(store, table):
            continue
        query = (
            f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN "
            f"(SELECT {key} FROM {other})"
        )
        for row, named in _rows(store, query):
            yield f"{table}, row {row}: {column} {named} is not there"


def _of_words(store: Store) -> Iterator[str]:
    for table, column, words in _WORDS:
        known = {word.value for word in words}
        for row, word in _rows(store, f"SELECT rowid, {column} FROM {table}"):
            if word not in known:
                yield f"{table}, row {row}: {column} is {str(word)[:40]!r}, which is none"


def _of_parents(store: Store) -> Iterator[str]:
    """Yield each parent that is no earlier program."""
    query = (
        "SELECT number, value FROM programs, "
        "json_each(CASE WHEN json_valid(parents) THEN parents ELSE '[]' END) "
        "WHERE value >= number OR value NOT IN (SELECT number FROM programs)"
    )
    for number, parent in _rows(store, query):
        yield f"program #{number}: its parent #{parent} is no earlier program"
