"""Content-addressed, compressed bytes inside SQLite: what programs, prompts and replies are kept
in.

A new version of a file is compressed with its predecessor as a zstd dictionary, which costs about
0.1 ms and a few hundred bytes; every `KEY_FRAME` links a whole copy is stored, so reading follows a
short chain.
"""

from __future__ import annotations

import hashlib
import sqlite3
from functools import lru_cache

import zstandard

KEY_FRAME = 16

SCHEMA = """
CREATE TABLE IF NOT EXISTS texts (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, base INTEGER REFERENCES texts(id),
    depth INTEGER NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL
);
"""


class BlobStore:
    """The texts of one database. `put` returns an id, equal bytes the same one; `get` returns the
    bytes.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._plain = (
            zstandard.ZstdDecompressor()
        )  # of one connection, as this is: not to be used by two threads
        self.get = lru_cache(maxsize=4096)(self._get)

    def put(self, data: bytes, base: int | None = None) -> int:
        """Store ``data`` (near in content to the text ``base``, when given) and return its id."""
        digest = hashlib.sha256(data).digest()
        row = self._database.execute("SELECT id FROM texts WHERE hash = ?", (digest,)).fetchone()
        if row is not None:
            return int(row[0])
        depth = 0
        if base is not None:
            depth = (self._depth(base) + 1) % KEY_FRAME
        dictionary = self.get(base) if base is not None and depth else b""
        packed = _compressor(dictionary).compress(data)
        cursor = self._database.execute(
            "INSERT INTO texts (hash, base, depth, size, data) VALUES (?, ?, ?, ?, ?)",
            (digest, base if depth else None, depth, len(data), packed),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def put_text(self, text: str) -> int | None:
        """Store a str; None for the empty one."""
        return self.put(text.encode("utf-8", "surrogateescape")) if text else None

    def get_text(self, ident: int | None) -> str:
        return "" if ident is None else self.get(ident).decode("utf-8", "surrogateescape")

    def _depth(self, ident: int) -> int:
        row = self._database.execute("SELECT depth FROM texts WHERE id = ?", (ident,)).fetchone()
        return int(row[0])

    def _get(self, ident: int) -> bytes:
        row = self._database.execute(
            "SELECT base, size, data FROM texts WHERE id = ?", (ident,)
        ).fetchone()
        base, size, packed = row
        dictionary = self.get(base) if base is not None else b""
        reader = (
            zstandard.ZstdDecompressor(dict_data=_raw(dictionary)) if dictionary else self._plain
        )
        return reader.decompress(packed, max_output_size=max(size, 1))


def _compressor(dictionary: bytes) -> zstandard.ZstdCompressor:
    if not dictionary:
        return zstandard.ZstdCompressor(level=3)
    return zstandard.ZstdCompressor(level=3, dict_data=_raw(dictionary))


@lru_cache(maxsize=256)
def _raw(dictionary: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
