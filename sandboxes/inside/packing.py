"""Files as one run of bytes: a count, then for each file its path, whether it is executable, and
its contents.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_HEAD = struct.Struct(">I")
_FILE = struct.Struct(">HBQ")
Files = dict[str, tuple[bytes, bool]]


def pack(files: Mapping[str, tuple[bytes, bool]]) -> bytes:
    """Return ``{path: (data, executable)}`` as bytes."""
    parts = [_HEAD.pack(len(files))]
    for path, (data, executable) in files.items():
        name = path.encode("utf-8", "surrogateescape")
        parts += [_FILE.pack(len(name), executable, len(data)), name, data]
    return b"".join(parts)


def unpack(data: bytes, limit: int = 100_000) -> Files:
    """Return the files of ``data``; raises ValueError when it is not what `pack` makes."""
    try:
        (count,) = _HEAD.unpack_from(data)
        if count > limit:
            raise ValueError(f"{count} files; at most {limit} are accepted")
        files: Files = {}
        offset = _HEAD.size
        for _ in range(count):
            name_size, executable, size = _FILE.unpack_from(data, offset)
            offset += _FILE.size
            end = offset + name_size + size
            if end > len(data):
                raise ValueError("files cut short")
            path = data[offset : offset + name_size].decode("utf-8", "surrogateescape")
            files[path] = (data[offset + name_size : end], bool(executable))
            offset = end
    except struct.error:
        raise ValueError("files cut short") from None
    return files
