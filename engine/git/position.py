"""How far ``programs.git`` is: the last result that it is level with, and each program's commit."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from pathlib import Path

FORMAT = 1
FILE = "cladogen.position"
_RECORD = struct.Struct(">I20s")  # a program's number and its commit


@dataclass(slots=True)
class ProjectionPosition:
    """How far the projection is: the last result row, each program's commit in that order, the end
    of the chain.
    """

    seq: int = -1
    commits: dict[int, str] = field(default_factory=dict)
    chain: str = ""  # of the full chunks
    tip: str = ""  # of everything


def read_position(repository: Path) -> ProjectionPosition | None:
    """Return how far the repository says it is, None when it does not say, or not readably."""
    try:
        data = (repository / FILE).read_bytes()
        head, _, body = data.partition(b"\n")
        word, version, seq, chain, tip, digest = head.decode().split(" ")
        sound = (word, version, digest) == ("cladogen", str(FORMAT), _digest(body))
        commits = {number: commit.hex() for number, commit in _RECORD.iter_unpack(body)}
        position = ProjectionPosition(int(seq), commits, chain.strip("-"), tip.strip("-"))
    except (OSError, ValueError, struct.error):
        return None
    return position if sound else None


def save_position(repository: Path, position: ProjectionPosition) -> None:
    """Write the file, whole or not at all."""
    commits = position.commits.items()
    body = b"".join(_RECORD.pack(number, bytes.fromhex(commit)) for number, commit in commits)
    names = f"{position.chain or '-'} {position.tip or '-'} {_digest(body)}"
    new = repository / f"{FILE}.new"
    new.write_bytes(f"cladogen {FORMAT} {position.seq} {names}\n".encode() + body)
    new.replace(repository / FILE)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
