"""What the tables of a run share: the database, its texts, its transactions."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from cladogen.errors import RunError
from cladogen.kernels.row_sums import Row, Span, wrong_rows
from cladogen.record import checksums
from cladogen.record.blobs import BlobStore
from cladogen.record.call_texts import LatestCalls
from cladogen.record.checksums import TABLES, has_checksums
from cladogen.record.group_commit import GroupCommit, LogSync
from cladogen.record.unwritten import Unwritten

Value = TypeVar("Value")
FIRST_ROWS, MANY_ROWS = 16, 512  # read at once: one row is not kept waiting by many
_PIECE = re.compile(r"[(),]|[^(),]+")
_WITHIN = contextlib.nullcontext()  # of a transaction that is under way
_DAMAGED = "is not what its checksum says: damaged record; see: evolve check"


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a query's columns are read with all that checksums are of: the columns to select, where
    each table's checksum and what it is of stand, where its row's name stands, and the columns that
    were asked for.
    """

    columns: str
    spans: list[Span]
    names: list[tuple[str, int]]  # of each span: its table, and the column that names a row
    asked: Callable[[Row], Sequence[Any]]

    def name(self, row: Row, which: int) -> str:
        """Name a row of a table."""
        table, at = self.names[which]
        return f"{table}, row {row[at]!s}"


@lru_cache(maxsize=256)
def _reading(columns: str, aliases: tuple[tuple[str, str], ...]) -> _Reading:
    """Return how columns are read beside all those of these tables; none is read twice."""
    every: list[str] = []
    spans, names = [], []
    for alias, table in aliases:
        key = checksums.key_of(table)
        beside = [] if key in TABLES[table].names else [key]
        listed = [f"{alias}.{name}" for name in ("checksum", *TABLES[table].names, *beside)]
        spans.append((len(every), len(every) + len(listed) - len(beside)))
        every += listed
        names.append((table, every.index(f"{alias}.{key}")))
    alone = aliases[0][0] if len(aliases) == 1 else ""
    asked = [_qualified(each, alone) for each in _columns(columns)]
    every += [each for each in dict.fromkeys(asked) if each not in every]
    return _Reading(", ".join(every), spans, names, _picking([every.index(each) for each in asked]))


def _columns(listed: str) -> list[str]:
    """Return the columns of a list; a comma between parentheses parts none."""
    found, depth = [""], 0
    for piece in _PIECE.findall(listed):
        depth += piece.count("(") - piece.count(")")
        if piece == "," and depth == 0:
            found.append("")
        else:
            found[-1] += piece
    return [each.strip() for each in found]


def _qualified(column: str, alone: str) -> str:
    """Return a column under the name of the only table there is."""
    return f"{alone}.{column}" if alone and column.isidentifier() else column


def _picking(places: list[int]) -> Callable[[Row], Sequence[Any]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: [row[at] for at in places]


class _Transaction:
    """A transaction of a connection that has none; made once, for each proposal has several."""

    def __init__(self, database: sqlite3.Connection, folder: Path) -> None:
        self._database, self._folder = database, folder

    def __enter__(self) -> None:
        try:
            self._database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise self._failed(error) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._database.__exit__(kind, error, trace)  # COMMIT, or ROLLBACK
        except sqlite3.OperationalError as failure:
            raise self._failed(failure) from failure
        if isinstance(error, sqlite3.OperationalError):
            raise self._failed(error) from error

    def _failed(self, error: sqlite3.OperationalError) -> RunError:
        return RunError(
            f"{self._folder}: cannot write the record ({error}); free space, then resume"
        )


class Tables:
    """An open database. Each group of tables is a class of its own over it; `Store` is all."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self.folder = folder
        self.database = database
        self.texts = BlobStore(database, folder)
        self.warn: Callable[[str], None] | None = None  # takes what is wrong with rows
        self._warned = False
        self.unwritten = Unwritten(self._highest_call)
        self.latest_calls = LatestCalls()
        self._transaction = _Transaction(database, folder)
        self.on_disk = GroupCommit(LogSync(folder / "run.db")).on_disk

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """Group rows into one transaction; a full disk becomes a RunError and nothing of the group
        is kept.
        """
        return _WITHIN if self.database.in_transaction else self._transaction

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
        A row that is wrong is named to ``warn``; it is a RunError where nobody listens, or nothing
        can be made of it. Rows of earlier versions have no checksum.
        """
        read = _reading(columns, tuple(aliases.items()) if self.summed else ())
        for rows, damaged in self._compared(read, source, values):
            for at, row in enumerate(rows):
                if at in damaged:
                    self._found_wrong(read.name(row, damaged[at]))
                try:
                    made = make(*read.asked(row))
                except (ValueError, TypeError, LookupError):
                    what = f"a row of {next(iter(aliases.values()))}"
                    what = read.name(row, damaged[at]) if at in damaged else what
                    raise self._error(what) from None
                yield made

    def read_rows(
        self, columns: str, source: str, values: tuple[Any, ...], **aliases: str
    ) -> Iterator[list[Any]]:
        """Yield the columns of rows as they are, some rows at once, for who reads many; what is
        wrong with rows is said as `select` does.
        """
        read = _reading(columns, tuple(aliases.items()) if self.summed else ())
        for rows, damaged in self._compared(read, source, values):
            for at, which in damaged.items():
                self._found_wrong(read.name(rows[at], which))
            yield list(map(read.asked, rows))

    def _compared(
        self, read: _Reading, source: str, values: tuple[Any, ...]
    ) -> Iterator[tuple[list[Row], dict[int, int]]]:
        """Yield rows, some at once, and which of them are wrong, each with the first span that
        is.
        """
        cursor = self.database.execute(f"SELECT {read.columns} {source}", values)
        count = FIRST_ROWS
        while rows := cursor.fetchmany(count):
            yield rows, dict(reversed(wrong_rows(rows, read.spans)))
            count = MANY_ROWS

    def _found_wrong(self, row: str) -> None:
        if self.warn is None:
            raise self._error(row)
        if not self._warned:  # one line, however many there are
            self._warned = True
            self.warn(f"{row} {_DAMAGED} {self.folder}")

    def _error(self, row: str) -> RunError:
        return RunError(f"{self.folder}: {row} {_DAMAGED} {self.folder}")

    def _highest_call(self) -> int:
        """Return the highest ticket of a call: a replay has them before the tasks."""
        return int(self.value("SELECT COALESCE(MAX(ticket), -1) FROM calls"))

    def value(self, query: str, values: tuple[Any, ...] = ()) -> Any:
        """Return the first column of a query's first row, None when it has no row."""
        row = self.database.execute(query, values).fetchone()
        return None if row is None else row[0]
