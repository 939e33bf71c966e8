"""Checksums of rows of a record (`cladogen.record.checksums` says what is hashed), and which of
many rows are not what theirs say.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any
from zlib import crc32

Row = tuple[int | float | str | bytes | None, ...]
Column = Sequence[Any]
FEW = 4  # rows, below which each is summed by itself
Span = tuple[int, int]  # where a row's checksum stands, and the end of the values that follow it
_LETTERS: dict[type, str] = {int: "q", float: "d", str: "t", bytes: "b", type(None): "n"}


def checksum(*values: int | float | str | bytes | None) -> int:
    """Return the checksum of a row's columns, its number apart. Values are as SQLite returns them:
    no bool, and a float where the column is REAL.
    """
    return _summer(tuple(map(type, values)))(values)


def wrong_rows(rows: Sequence[Row], spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Return (index of the row, index of the span) of whatever is not what its checksum says, in
    order. A checksum that is None is not compared.
    """
    found: list[tuple[int, int]] = []
    if len(rows) < FEW:
        for which, (first, last) in enumerate(spans):
            found += [(at, which) for at, row in enumerate(rows) if _is_wrong(row[first:last])]
        return sorted(found)
    columns = list(zip(*rows, strict=True))
    for which, (first, last) in enumerate(spans):
        found += [(at, which) for at in _wrong(columns[first:last])]
    return sorted(found)


def _is_wrong(row: Row) -> bool:
    """Tell of a checksum and the values that follow it whether they differ."""
    return row[0] is not None and checksum(*row[1:]) != row[0]


def _wrong(columns: Sequence[Column]) -> list[int]:
    """Return the rows whose checksum, in the first column, is not that of the others. Rows of the
    same kinds, as most of a table are, are summed together.
    """
    of_each = [set(map(type, each)) for each in columns]
    if all(len(kinds) == 1 for kinds in of_each):
        first, *others = (kinds.pop() for kinds in of_each)
        return [] if first is type(None) else _differing(columns, tuple(others))
    return _wrong_of_several_kinds(columns)


def _wrong_of_several_kinds(columns: Sequence[Column]) -> list[int]:
    found = []
    for kinds, places in _by_kinds(columns).items():
        if kinds[0] is not type(None):
            some = [[column[at] for at in places] for column in columns]
            found += [places[at] for at in _differing(some, kinds[1:])]
    return found


def _by_kinds(columns: Sequence[Column]) -> dict[tuple[type, ...], list[int]]:
    """Return the rows that have the same kinds of values, by these."""
    groups: dict[tuple[type, ...], list[int]] = {}
    for at, kinds in enumerate(zip(*(map(type, each) for each in columns), strict=True)):
        groups.setdefault(kinds, []).append(at)
    return groups


def _differing(columns: Sequence[Column], kinds: tuple[type, ...]) -> list[int]:
    """Return the same of rows of the same kinds, which are those of all columns but the first."""
    sums = list(columns[0])
    made = _column_summer(kinds)(columns[1:], len(sums))
    if sums == made:
        return []
    return [at for at, (one, other) in enumerate(zip(sums, made, strict=True)) if one != other]


@lru_cache(maxsize=1024)
def _summer(kinds: tuple[type, ...]) -> Callable[[Row], int]:
    """Return the function from rows of these kinds to their checksum."""
    letters = "".join(_LETTERS[kind] for kind in kinds)
    numbers, texts, blobs = _picked(letters, "qd"), _picked(letters, "t"), _picked(letters, "b")
    pack = struct.Struct("<" + "".join(each for each in letters if each in "qd")).pack
    start = crc32(letters.encode())

    def total(row: Row) -> int:
        found = crc32("\0".join(texts(row)).encode(), crc32(pack(*numbers(row)), start))
        return crc32(b"\0".join(blobs(row)), found) if "b" in letters else found

    return total


def _picked(letters: str, some: str) -> Callable[[Row], tuple[Any, ...]]:
    """Return the function that takes the values of some kinds out of a row."""
    found = [position for position, letter in enumerate(letters) if letter in some]
    if len(found) > 1:
        return operator.itemgetter(*found)
    if len(found) == 1:
        only = found[0]
        return lambda row: (row[only],)
    return lambda row: ()


@lru_cache(maxsize=1024)
def _column_summer(kinds: tuple[type, ...]) -> Callable[[Sequence[Column], int], list[int]]:
    """Return the function from columns of these kinds to the checksum of each row: that of
    `_summer`, without a step of Python for each.
    """
    letters = "".join(_LETTERS[kind] for kind in kinds)
    places = {some: [at for at, letter in enumerate(letters) if letter in some]
              for some in ("qd", "t", "b")}  # fmt: skip
    pack = struct.Struct("<" + "".join(each for each in letters if each in "qd")).pack
    start = crc32(letters.encode())

    def totals(columns: Sequence[Column], rows: int) -> list[int]:
        numbers, texts, blobs = ([columns[at] for at in some] for some in places.values())
        found: Iterable[int] = repeat(start, rows)
        if numbers:
            found = map(crc32, map(pack, *numbers), found)
        if texts:
            joined = map("\0".join, zip(*texts, strict=True)) if len(texts) > 1 else texts[0]
            found = map(crc32, map(str.encode, joined), found)
        if blobs:
            joined_blobs = map(b"\0".join, zip(*blobs, strict=True))
            found = map(crc32, joined_blobs, found)
        return list(found)

    return totals
