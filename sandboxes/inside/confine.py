"""The walls around one child: namespaces and a private /tmp of its own, no capabilities, a
system-call filter.

Three ways, strongest first. "namespaces": the child lives in fresh user, pid, mount and ipc
namespaces, whose end takes every process, mount and file of it along. "wipe": it shares them with
the supervisor, which afterwards kills whatever is left and empties every writable folder. "plain":
a process group and nothing else (the local sandbox).
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
from collections.abc import Callable
from typing import Any, NoReturn

from cladogen.sandboxes.inside import syscalls

_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWPID = (
    0x20000,
    0x8000000,
    0x10000000,
    0x20000000,
)
_MS_NOSUID, _MS_NODEV, _MS_BIND = 2, 4, 4096
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS = 1, 4, 8
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 36, 38, 47
_CAP_DAC_READ_SEARCH = 2
_ROOM_FOR_THE_USER = 256  # who may start programs of his own meanwhile
_CLONE = {"x86_64": 56, "aarch64": 220}
_DESCRIPTORS = 4096  # more than a supervisor ever has open
_libc: Any = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int = 0, more: int = 0) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(more), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def guard_supervisor() -> None:
    """Make this process unreadable to others of its user, and the parent of whatever a child leaves
    behind.
    """
    prctl(_PR_SET_DUMPABLE, 0)
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide() -> None:
    """Make this process's memory unreadable to others of its user."""
    prctl(_PR_SET_DUMPABLE, 0)


def become(uid: int, *, keep_reading: bool = False) -> None:
    """Give up root for ``uid``, for good.

    ``keep_reading`` keeps the right to read every file, for an interpreter that lies in root's
    home.
    """
    if keep_reading:
        prctl(_PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if keep_reading:
        _set_capabilities(1 << _CAP_DAC_READ_SEARCH)
        prctl(_PR_CAP_AMBIENT, 2, _CAP_DAC_READ_SEARCH)


def fork_into_namespaces(init: Callable[[int], NoReturn]) -> int:
    """Fork into fresh user, pid, mount and ipc namespaces.

    Returns as `os.fork` does: in this process the number of process 1 of the namespaces, and 0 in
    process 2, which is process 1's only child. Process 1 goes on with ``init``, which is given 2.
    """
    number = _CLONE.get(os.uname().machine)
    if number is None:
        raise OSError(38, f"no clone number for {os.uname().machine}")
    flags = _CLONE_NEWUSER | _CLONE_NEWPID | _CLONE_NEWNS | _CLONE_NEWIPC | signal.SIGCHLD
    api = ctypes.pythonapi
    api.PyOS_BeforeFork()
    pid = _clone(number, flags)
    if pid == 0:
        below = _clone(number, signal.SIGCHLD)
        if below:
            init(below)
        api.PyOS_AfterFork_Child()
        return 0
    error = ctypes.get_errno()
    api.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(error, f"clone: {os.strerror(error)}")
    return pid


_GIL_LIBC: Any = ctypes.PyDLL(None, use_errno=True)


def _clone(number: int, flags: int) -> int:
    """Make the raw call: it takes namespaces along. Holding the GIL matters, so not by CDLL."""
    return int(
        _GIL_LIBC.syscall(ctypes.c_long(number), ctypes.c_ulong(flags), None, None, None, None)
    )


def be_init(below: int, ended: int) -> NoReturn:
    """Be process 1 of new namespaces: wait for ``below`` and for whatever is left to this process,
    write how ``below`` ended to the descriptor ``ended``, and take everything along.

    So a candidate is no process 1, which the kernel keeps from every signal that it does not
    handle. Nothing from inside reaches this process: it heeds no signal, may do nothing, and cannot
    be looked into.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    die_with_parent()
    _set_capabilities(0)
    os.closerange(0, ended)
    os.closerange(ended + 1, _DESCRIPTORS)
    while below > 0:
        pid, status = os.waitpid(-1, 0)
        if pid == below:
            os.write(ended, status.to_bytes(4, "big"))
            break
    os._exit(0)


def furnish(files_mb: float, uid: int) -> None:
    """In the new namespaces: name our user, and lay a private tmpfs over every writable folder."""
    prctl(_PR_SET_DUMPABLE, 1)  # else /proc/self/uid_map is not ours to write
    if os.path.exists("/proc/self/setgroups"):  # not in gVisor
        _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{uid} {uid} 1")
    prctl(_PR_SET_DUMPABLE, 0)
    inodes = 16 * 1024
    options = f"size={int(files_mb * 1024)}k,nr_inodes={inodes},mode=0700"
    _mount("tmpfs", "/tmp", "tmpfs", _MS_NOSUID | _MS_NODEV, options)
    for name, target in (("shm", "/dev/shm"), ("mqueue", "/dev/mqueue")):
        if os.path.isdir(target):
            os.mkdir(f"/tmp/.{name}", 0o700 if name == "shm" else 0o500)
            _mount(f"/tmp/.{name}", target, None, _MS_BIND, None)


def drop_privileges(filters: dict[str, Any]) -> int | None:
    """Drop every capability, forbid new ones, and load the system-call filter; returns what tells
    of refused calls.
    """
    _set_capabilities(0)
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return syscalls.load(_libc, filters)


def tell_faults() -> None:
    """Let a fault in C code, here and in every fork of this process, write where Python was to
    standard error.
    """
    faulthandler.enable(2, all_threads=False)


def prefer_as_victim() -> None:
    """Ask the kernel to end this process, never the supervisor, when memory runs out."""
    prctl(_PR_SET_DUMPABLE, 1)
    try:
        _write("/proc/self/oom_score_adj", "1000")
    except OSError:
        return


def die_with_parent() -> None:
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def other_processes(own_user: bool) -> int:
    """Return how many processes count against a child's RLIMIT_NPROC besides its own.

    The kernel counts for each user namespace from Linux 5.14, before that for each user.
    """
    major, minor = map(int, os.uname().release.split(".")[:2])
    if own_user and (major, minor) >= (5, 14):
        return 3
    uid, running = os.getuid(), 2
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        if name.isdigit():
            running += _threads(name, uid)
    return running + (0 if uid == 0 else _ROOM_FOR_THE_USER)


def _threads(pid: str, uid: int) -> int:
    """Return how many threads a process of a user has, 0 for another's and for one that ended."""
    try:
        if os.stat(f"/proc/{pid}").st_uid == uid:
            return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        pass
    return 0


def _set_capabilities(wanted: int) -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)
    if _libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None) -> None:
    encoded = [
        text.encode() if text is not None else None for text in (source, target, kind, options)
    ]
    if _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"mount {target}: {os.strerror(error)}")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
