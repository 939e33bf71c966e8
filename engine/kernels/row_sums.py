"""Checksums of rows of a record (`cladogen.record.checksums` says what is hashed), and which of
many rows are not what theirs say.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from zlib import crc32

Row = tuple[int | float | str | bytes | None, ...]
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
    found = []
    for which, (first, last) in enumerate(spans):
        kinds, total = None, None  # rows of one table are mostly of the same kinds
        for at, row in enumerate(rows):
            if row[first] is None:
                continue
            values = row[first + 1 : last]
            now = tuple(map(type, values))
            if total is None or now != kinds:
                kinds, total = now, _summer(now)
            if total(values) != row[first]:
                found.append((at, which))
    return sorted(found)


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
