"""Git LFS: the pointers that stand in a tree in place of large files, and where the files are.

A pointer is three lines of text; a search that took it for the file would evolve those lines.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.program import File

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\n"
    rb"size \d+\n?"
)
MOST = 1024  # bytes; a pointer is shorter, by its specification


def pointed_to(data: bytes) -> str:
    """Return the SHA-256 of the file that a pointer stands for, "" for what is no pointer."""
    found = _POINTER.fullmatch(data) if len(data) < MOST else None
    return found[1].decode() if found else ""


def is_of(pointer: bytes, data: bytes) -> bool:
    """Whether ``pointer`` stands for a file with these bytes."""
    oid = pointed_to(pointer)
    return bool(oid) and oid == hashlib.sha256(data).hexdigest()


def read_stored(storage: Path, data: bytes) -> bytes:
    """Return the large file that a pointer stands for out of ``storage`` (``.git/lfs``), or the
    pointer itself where it is not there.
    """
    oid = pointed_to(data)
    path = storage / "objects" / oid[:2] / oid[2:4] / oid
    return path.read_bytes() if oid and path.is_file() else data


def check_no_pointers(files: Mapping[str, File], where: str) -> None:
    """Raise ProblemError, naming them, where pointers stand in place of files."""
    names = [path for path, file in files.items() if pointed_to(file.data)]
    if names:
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
        raise ProblemError(
            f"{where}: {listed}: a pointer of Git LFS in place of the file; bring the files with: "
            "git lfs pull"
        )
