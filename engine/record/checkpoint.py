"""The checkpoint of a run: what its results come to after some of them, in one file beside run.db.

It is no part of the record: whatever is odd about it (a bit that turned, another version, results
that are not there) makes it nothing, and the results are read instead. JSON and arrays, so that
reading it runs nothing.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

NAME = "checkpoint"
_HEAD = b"cladogen checkpoint 1\n"
_PIECE = 1 << 20  # bytes that are read at once
_ARRAY = "an array"  # the key that stands for one


def write(folder: Path, values: Mapping[str, Any], name: str = NAME) -> None:
    """Write values (what JSON knows, and arrays) in place of those before; where that cannot be,
    there is none.
    """
    path, new = folder / name, folder / f"{name}.new"
    try:
        with new.open("wb") as file:
            file.writelines(_pieces(values))
        new.replace(path)
    except OSError:  # a full disk: the run itself says so
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def read(folder: Path, name: str = NAME) -> dict[str, Any] | None:
    """Return the values that are written there, None where there are none, or not as written."""
    try:
        with (folder / name).open("rb") as file:
            return unpacked(file)
    except OSError:
        return None


def packed(values: Mapping[str, Any]) -> bytes:
    """Return values as bytes: a head, a checksum of what follows, the JSON, the arrays."""
    return b"".join(_pieces(values))


def _pieces(values: Mapping[str, Any]) -> list[Any]:
    """Return the bytes in pieces that nobody copied."""
    arrays: list[NDArray[Any]] = []

    def listed(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            raise TypeError(f"{type(value)} is no value of a checkpoint")
        arrays.append(np.ascontiguousarray(value))  # of one dimension at the least
        return {_ARRAY: [value.dtype.str, *value.shape]}

    text = json.dumps(values, default=listed).encode()
    parts: list[Any] = [len(text).to_bytes(8, "little"), text]
    parts += [each.reshape(-1).view("u1") for each in arrays]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    return [_HEAD, checksum.to_bytes(4, "little"), *parts]


def unpacked(file: BinaryIO) -> dict[str, Any] | None:
    """Return the values that `packed` made bytes of, None where these are none of its. Each array
    has its own memory: the bytes of all are at no time there beside it.
    """
    head, checksum = file.read(len(_HEAD)), file.read(4)
    begin, found = file.tell(), 0
    while some := file.read(_PIECE):
        found = zlib.crc32(some, found)
    if head != _HEAD or file.tell() < begin + 8 or found != int.from_bytes(checksum, "little"):
        return None
    file.seek(begin)

    def array(fields: dict[str, Any]) -> Any:
        if _ARRAY not in fields:
            return fields
        kind, *shape = fields[_ARRAY]
        made = np.empty(shape, kind)
        file.readinto(made.reshape(-1).view("u1").data)  # type: ignore[attr-defined]
        return made

    text = file.read(int.from_bytes(file.read(8), "little"))
    values: dict[str, Any] = json.loads(text, object_hook=array)
    return values
