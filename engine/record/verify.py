"""Verifying a whole record: every text, every row, and which programs are whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cladogen.errors import RunError
from cladogen.evaluation import Status
from cladogen.proposal import Outcome
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
    ("results", "ticket", "tasks", "ticket"),
)
# Columns that hold one of a few words.
_WORDS: tuple[tuple[str, str, type[StrEnum]], ...] = (
    ("evaluations", "status", Status),
    ("results", "outcome", Outcome),
)
_TEXTS = (("proposals", "prompt"), ("proposals", "reply"), ("proposals", "patch"),
          ("calls", "request"), ("calls", "reply"), ("outputs", "text"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. ``counts`` are the rows of each table; ``damages`` are lines, one each;
    ``lost`` are programs that cannot be read, ``programs`` how many there are.
    """

    counts: dict[str, int]
    damages: tuple[str, ...]
    lost: tuple[int, ...]
    programs: int

    @property
    def sound(self) -> bool:
        return not self.damages


def verify(store: Store) -> Verified:
    """Read everything that a run recorded: compare texts and programs with their checksums, and
    rows with each other. A row has no checksum: a number in it that turned into another is not
    found.
    """
    pages = list(_pages(store))
    try:
        texts = {ident for (ident,) in _rows(store, "SELECT id FROM texts") if _bad(store, ident)}
        lost = [number for number in _numbers(store) if _program_lost(store, number)]
        rows = [*pages, *_of_texts(store, texts), *_of_json(store), *_of_names(store)]
        rows += [*_of_words(store), *_of_parents(store)]
        rows += [f"program #{number} cannot be read" for number in lost]
        counts = {table: store.value(f"SELECT COUNT(*) FROM {table}") for table in TABLES}
    except sqlite3.DatabaseError as error:
        return Verified({}, (*pages, f"run.db cannot be read to its end ({error})"), (), 0)
    return Verified(counts, tuple(rows), tuple(lost), counts["programs"])


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


def _bad(store: Store, ident: int) -> bool:
    try:
        store.texts.get(ident)
    except RunError:
        return True
    return False


def _program_lost(store: Store, number: int) -> bool:
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
            ticket = "ticket" if table != "outputs" else "-1"
            query = f"SELECT {ticket} FROM {table} WHERE {column} = {int(ident)}"
            used += [f"{column} of task {at}" if at >= 0 else "an output" for (at,) in
                     _rows(store, query)]  # fmt: skip
        whose = f" ({', '.join(dict.fromkeys(used))})" if used else ""
        yield f"text {ident} is not what its SHA-256 says{whose}"


def _of_json(store: Store) -> Iterator[str]:
    for table, columns in _JSON.items():
        for column in columns:
            query = f"SELECT rowid FROM {table} WHERE NOT json_valid({column})"
            for (row,) in _rows(store, query):
                yield f"{table}, row {row}: {column} cannot be read"


def _of_names(store: Store) -> Iterator[str]:
    for table, column, other, key in _NAMES:
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
