"""Content-addressed, compressed bytes inside SQLite: what programs, prompts and replies are kept
in.

A new version of a file is compressed with its predecessor as a zstd dictionary, which costs about
0.1 ms and a few hundred bytes; every `KEY_FRAME` links a whole copy is stored, so reading follows a
short chain. Frames carry a checksum, and what is read is compared with its SHA-256: a bit that the
disk turned is an error, never another program.
"""

from __future__ import annotations

import hashlib
import sqlite3
from functools import lru_cache
from pathlib import Path

import zstandard

from cladogen.errors import RunError
from cladogen.record.checksums import insert

KEY_FRAME = 16
MOST = 1 << 31  # bytes; a size beyond it is damage

SCHEMA = """
CREATE TABLE IF NOT EXISTS texts (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, base INTEGER REFERENCES texts(id),
    depth INTEGER NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL, checksum INTEGER
);
"""


class BlobStore:
    """The texts of one database. `put` returns an id, equal bytes the same one; `get` returns the
    bytes.
    """

    def __init__(self, database: sqlite3.Connection, folder: Path | None = None) -> None:
        self._database, self._folder = database, folder
        self._plain = (
            zstandard.ZstdDecompressor()
        )  # of one connection, as this is: not to be used by two threads
        self._packer = zstandard.ZstdCompressor(level=3, write_checksum=True)
        self.get = lru_cache(maxsize=4096)(self._get)

    def put(self, data: bytes, base: int | None = None) -> int:
        """Store ``data`` (near in content to the text ``base``, when given) and return its id."""
        digest = hashlib.sha256(data).digest()
        known = self._database.execute("SELECT id FROM texts WHERE hash = ?", (digest,)).fetchone()
        if known is not None:
            return int(known[0])
        depth = 0
        if base is not None:
            depth = (self._depth(base) + 1) % KEY_FRAME
        dictionary = self.get(base) if base is not None and depth else b""
        packer = _compressor(dictionary) if dictionary else self._packer
        packed = packer.compress(data)
        row = (digest, base if depth else None, depth, len(data), packed)
        return insert(self._database, "texts", row)

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
            "SELECT hash, base, size, data FROM texts WHERE id = ?", (ident,)
        ).fetchone()
        if row is None:
            raise self._damaged(ident, "is not there")
        digest, base, size, packed = row
        try:
            data = self._unpacked(ident, base, size, packed)
        except (zstandard.ZstdError, MemoryError, OverflowError, TypeError, ValueError):
            raise self._damaged(ident, "cannot be unpacked") from None
        if hashlib.sha256(data).digest() != digest:
            raise self._damaged(ident, "is not what its SHA-256 says")
        return data

    def _unpacked(self, ident: int, base: int | None, size: int, packed: bytes) -> bytes:
        if base is not None and base >= ident:
            raise ValueError("a text is a difference from an earlier one")
        dictionary = self.get(base) if base is not None else b""
        reader = (
            zstandard.ZstdDecompressor(dict_data=_raw(dictionary)) if dictionary else self._plain
        )
        return reader.decompress(packed, max_output_size=min(max(size, 1), MOST))

    def _damaged(self, ident: int, what: str) -> RunError:
        where = f"{self._folder}: " if self._folder else ""
        look = f"; see: evolve check {self._folder}" if self._folder else ""
        return RunError(f"{where}stored text {ident} {what}: damaged record{look}")


def _compressor(dictionary: bytes) -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=3, dict_data=_raw(dictionary), write_checksum=True)


@lru_cache(maxsize=256)
def _raw(dictionary: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
