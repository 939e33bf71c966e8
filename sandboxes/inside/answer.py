"""Reading what a candidate answers: hostile bytes."""

from __future__ import annotations

import mmap
import os
from typing import Any

from cladogen.sandboxes.inside import failure
from cladogen.sandboxes.inside.result import CRASH, INVALID, OK, OUT_OF_MEMORY, REFUSED, CallResult

_MIB = 1 << 20
_STATUS = {
    failure.OK: OK, failure.CRASH: CRASH, failure.INVALID: INVALID, failure.TOO_LARGE: INVALID,
    failure.OUT_OF_MEMORY: OUT_OF_MEMORY, failure.INFRA: CRASH, failure.REFUSED: REFUSED,
}  # fmt: skip


class Answer:
    """Reads one answer of a child: hostile bytes, so every size is checked before memory is taken
    for it.
    """

    def __init__(self, token: bytes, limit: int) -> None:
        self.token = token
        self.limit = limit
        self.head = mmap.mmap(-1, mmap.PAGESIZE)  # the answer's head and its detail
        self.want = failure.ANSWER.size
        self.got = 0
        self.kind = 0
        self.used = failure.Used()
        self.output: Any = b""
        self.filled = 0

    def read(self, pipe: int) -> CallResult | None:
        """Read what is there; returns the result when it is complete or cannot become one; EOFError
        at its end.
        """
        if self.got < self.want:
            self.got += _read(pipe, memoryview(self.head)[self.got : self.want])
            if self.got == failure.ANSWER.size == self.want:
                refused = self._open()
                if refused is not None:
                    return refused
            return self._complete() if self.got == self.want else None
        self.filled += _read(pipe, memoryview(self.output)[self.filled :])
        return self._complete()

    def _open(self) -> CallResult | None:
        token, self.kind, detail, size, cpu_ms, peak_kib = failure.ANSWER.unpack_from(self.head)
        self.used = failure.Used(cpu_ms, peak_kib)
        if token != self.token or self.kind not in _STATUS or detail > 2000:
            return CallResult(CRASH, "wrote something that is no answer where its answer belongs")
        if size > self.limit:
            words = f"returned {size / _MIB:.1f} MiB; the limit is {self.limit / _MIB:g}"
            return CallResult(INVALID, words, output_bytes=size)
        self.want += detail
        if size:
            self.output = mmap.mmap(-1, size)
        return None

    def _complete(self) -> CallResult | None:
        if self.filled < len(self.output):
            return None
        detail = memoryview(self.head)[failure.ANSWER.size : self.want]
        too_large = self.kind == failure.TOO_LARGE
        return CallResult(
            _STATUS[self.kind],
            detail,
            output=self.output,
            output_bytes=self.limit if too_large else len(self.output),
            used=self.used,
            abnormal=too_large,
        )


def _read(pipe: int, room: memoryview) -> int:
    count = os.readv(pipe, [room])
    if not count:
        raise EOFError
    return count
