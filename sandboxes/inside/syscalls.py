"""Load the system-call filter that the engine compiled (see `cladogen.sandboxes.seccomp`), and
learn what it refused.

Where the kernel can (Linux 5.0), a refused call stops its thread and tells a descriptor that only
the supervisor holds: it reads which call that was, and ends every process of the candidate. The
call is never made, and the descriptor is out of reach: it is given away before the program is read,
and further filters are refused too. Elsewhere the kernel ends the process by SIGSYS, and which call
it was is not known.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import os
import socket
import struct
import sys
from typing import Any

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _INSTRUCTION_BYTES = 22, 2, 8
_SECCOMP = {"x86_64": 317, "aarch64": 277}  # the number of the call itself
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_RECEIVE = 0xC0502100  # SECCOMP_IOCTL_NOTIF_RECV
_NOTIFICATION = struct.Struct(
    "=QIIiIQ6Q"
)  # id, process, flags; number, architecture, instruction, arguments
Line = tuple[
    socket.socket, socket.socket
]  # from each child, which closes it before it reads its job; the first end takes


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def load(libc: Any, filters: dict[str, Any]) -> int | None:
    """Load the filter of this architecture, for good; where there is none, the sandbox around
    stands alone.

    Returns the descriptor that tells of refused calls, None where this kernel has no such thing.
    """
    wanted = filters.get(os.uname().machine)
    if not wanted:
        return None
    program, code = _program(wanted["tell"])
    flags = ctypes.c_ulong(_NEW_LISTENER)
    number = ctypes.c_long(_SECCOMP[os.uname().machine])
    listener = int(
        libc.syscall(number, ctypes.c_ulong(_SET_MODE_FILTER), flags, ctypes.byref(program))
    )
    if listener >= 0:
        return listener
    program, code = _program(wanted["kill"])
    pointer = ctypes.c_ulong(ctypes.addressof(program))
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), pointer, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    del code  # the kernel has copied it
    return None


def _program(text: str) -> tuple[_Program, Any]:
    code = ctypes.create_string_buffer(bytes.fromhex(text), len(text) // 2)
    return _Program(len(text) // 2 // _INSTRUCTION_BYTES, ctypes.addressof(code)), code


def give(line: Line, listener: int | None) -> None:
    """In a child that is being confined: give the descriptor to the supervisor and keep nothing of
    it.
    """
    if listener is not None:
        line[1].sendmsg(
            [b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listener]))]
        )
        os.close(listener)
    line[1].close()


def take(line: Line) -> int | None:
    """In the supervisor: return the descriptor that the newest child gave, if it gave one."""
    try:
        _, rights, _, _ = line[0].recvmsg(1, socket.CMSG_LEN(4), socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    return int.from_bytes(rights[0][2][:4], sys.byteorder) if rights else None


def refused(listener: int, filters: dict[str, Any]) -> str:
    """Return which refused call waits, "" when it has been taken back by a signal (and so was not
    made).
    """
    notification = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, notification)
    except OSError:
        return ""
    number = _NOTIFICATION.unpack(notification)[3]
    name = filters[os.uname().machine]["names"].get(str(number))
    return f"{name} (system call {number})" if name else f"system call {number}"
