"""What the engine and the trusted scorer say to each other: a JSON header, then raw bytes.

Both ends are ours, so this is no hostile border; the raw bytes are a candidate's output, which only
the scorer decodes.
"""

from __future__ import annotations

import json
import struct
from typing import Any

Header = dict[str, Any]


def join(header: Header, payload: bytes = b"") -> bytes:
    """Return a message."""
    head = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack(">I", len(head)) + head + payload


def split(message: bytes) -> tuple[Header, bytes]:
    """Return the header and the raw bytes of a message."""
    (length,) = struct.unpack_from(">I", message)
    header: Header = json.loads(message[4 : 4 + length])
    return header, message[4 + length :]
