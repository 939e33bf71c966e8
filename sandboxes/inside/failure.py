"""What an answer is made of: its kinds, its head, and the failures that become one."""

from __future__ import annotations

import struct
from dataclasses import dataclass

OK, CRASH, INVALID, OUT_OF_MEMORY, INFRA, TOO_LARGE, REFUSED = range(7)
ANSWER = struct.Struct(
    ">8sBIQII"
)  # token, kind, bytes of detail and output; what a command used: CPU in ms, peak in KiB
CALL = struct.Struct(">8sqI")  # token, seed, bytes of overlay


@dataclass
class Used:
    """What a command used, as its runner saw it. A program that is a function tells nothing."""

    cpu_ms: int = 0
    peak_kib: int = 0

    @property
    def cpu_s(self) -> float:
        return self.cpu_ms / 1000

    @property
    def peak_mb(self) -> float:
        return self.peak_kib / 1024


class CandidateFailure(Exception):  # noqa: N818  (an answer, as a refusal is)
    """An answer that is not an output: its kind and one line of why."""

    def __init__(self, kind: int, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
