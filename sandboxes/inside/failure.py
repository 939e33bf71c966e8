"""What an answer is made of: its kinds, its head, and the failures that become one."""

from __future__ import annotations

import struct

OK, CRASH, INVALID, OUT_OF_MEMORY, INFRA, TOO_LARGE, REFUSED = range(7)
ANSWER = struct.Struct(">8sBIQ")  # token, kind, bytes of detail, bytes of output
CALL = struct.Struct(">8sqI")  # token, seed, bytes of overlay


class Failure(Exception):  # noqa: N818  (an answer, as a refusal is)
    """An answer that is not an output: its kind and one line of why."""

    def __init__(self, kind: int, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
