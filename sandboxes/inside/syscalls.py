"""Load the system-call filter that the engine compiled (see `cladogen.sandboxes.seccomp`)."""

from __future__ import annotations

import ctypes
import os
from typing import Any

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _INSTRUCTION_BYTES = 22, 2, 8


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def load(libc: Any, filters: dict[str, str]) -> None:
    """Load the filter of this architecture, for good; where there is none, the sandbox around stands alone."""
    text = filters.get(os.uname().machine)
    if not text:
        return
    code = ctypes.create_string_buffer(bytes.fromhex(text), len(text) // 2)
    program = _Program(len(text) // 2 // _INSTRUCTION_BYTES, ctypes.addressof(code))
    pointer = ctypes.c_ulong(ctypes.addressof(program))
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), pointer, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")
