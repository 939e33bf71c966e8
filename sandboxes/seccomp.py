"""System calls a candidate may make: one list, two forms.

`docker_profile` is what the container is started with; besides the list it lets the supervisor make
namespaces. `child_filter` is the stricter program that a child loads before it runs anything of the
candidate: an allow-list, where what is unknown gets "no such call", what libraries probe for gets
an error they handle, and what only an escape needs ends the candidate: the supervisor is told which
call it was, or where the kernel cannot tell, the process dies.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_LD, _JEQ, _JGE, _JGT, _JSET, _RET = 0x20, 0x15, 0x35, 0x25, 0x45, 0x06
_ALLOW, _KILL, _ERRNO, _TELL = 0x7FFF0000, 0x80000000, 0x00050000, 0x7FC00000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: no vsock, netlink, packet, bluetooth, ...
_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into a terminal
_PR_SET_SECCOMP = 22
_MEMORY_FILE = "memfd_create"
_SUPERVISOR = ("clone", "mount", "umount2", "unshare", "sethostname", "seccomp")

Instruction = tuple[int, int, int, int]


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        files("cladogen.sandboxes").joinpath("syscalls.json").read_text()
    )
    return found


def docker_profile(*, candidates: bool = False) -> str:
    """Return a container's profile as JSON: the list, and what the supervisor needs to confine its
    children.

    For a container of ``candidates`` the refused calls pass this first filter, so that the child's
    own filter, which always stands behind it, can tell which one it was: of two filters the kernel
    takes the one that says no.
    """
    table = _table()
    names = sorted(
        {*table["allow"], *table["guarded"], *_SUPERVISOR, *(table["refuse"] if candidates else ())}
    )
    rules = [{"names": names, "action": "SCMP_ACT_ALLOW"}, _no_such_call("clone3")]
    architectures = [
        {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
    ]
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": _EPERM,
            "archMap": architectures,
            "syscalls": rules,
        }
    )


def _no_such_call(name: str) -> dict[str, Any]:
    return {"names": [name], "action": "SCMP_ACT_ERRNO", "errnoRet": _ENOSYS}


def child_filters(*, memory_files: bool = True) -> dict[str, Any]:
    """Return for each architecture the child's filter in both forms, as hexadecimal text, and what
    it refuses.

    ``memory_files`` False refuses memfd_create too: where no control group counts such memory.
    """
    return {
        name: {
            "tell": child_filter(name, memory_files=memory_files).hex(),
            "kill": child_filter(name, tell=False, memory_files=memory_files).hex(),
            "names": _refused(name, memory_files),
        }
        for name in _ARCHITECTURES
    }


def _lists(memory_files: bool) -> tuple[list[str], list[str]]:
    """Return the names of the calls that are allowed and refused."""
    table = _table()
    if memory_files:
        return table["allow"], table["refuse"]
    allowed = [name for name in table["allow"] if name != _MEMORY_FILE]
    return allowed, [*table["refuse"], _MEMORY_FILE]


def _refused(architecture: str, memory_files: bool) -> dict[int, str]:
    """Return the refused calls' names by number; where the arguments decide, with what they asked
    for.
    """
    numbers = _table()["numbers"][architecture]
    _, refuse = _lists(memory_files)
    found = {numbers[name]: name for name in refuse if name in numbers}
    return {
        **found,
        numbers["clone"]: "clone into new namespaces",
        numbers["prctl"]: "prctl to load a filter",
    }


@cache
def child_filter(architecture: str, *, tell: bool = True, memory_files: bool = True) -> bytes:
    """Return the BPF program for one architecture; a refused call tells the supervisor, or else
    ends the process.
    """
    table = _table()
    refuse = _TELL if tell else _KILL
    allowed, refused = _lists(memory_files)
    numbers = table["numbers"][architecture]
    program: list[Instruction] = [
        (_LD, 0, 0, 4),
        (_JEQ, 1, 0, _ARCHITECTURES[architecture]),
        (_RET, 0, 0, _KILL),
        (_LD, 0, 0, 0),
        (_JGE, 0, 1, 0x40000000),  # the x32 calls of x86_64 pass every other check
        (_RET, 0, 0, _KILL),
        *_each(allowed, numbers, _ALLOW),
    ]
    for name in table["guarded"]:
        program += _guarded(name, numbers, refuse)
    program += _each(refused, numbers, refuse)
    program.append((_RET, 0, 0, _ERRNO | _ENOSYS))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _each(names: Iterable[str], numbers: Mapping[str, int], verdict: int) -> Iterator[Instruction]:
    """Yield what gives calls a verdict, whatever their arguments; names that the architecture does
    not have are left out.
    """
    for low, high in _ranges(sorted(numbers[name] for name in names if name in numbers)):
        yield from ((_JGE, 0, 2, low), (_JGT, 1, 0, high), (_RET, 0, 0, verdict))


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _guarded(name: str, numbers: dict[str, int], refuse: int) -> list[Instruction]:
    """Return the rule of a call whose arguments decide; it jumps over itself for every other
    call.
    """
    first, second = 16, 24  # offsets of the low halves of the arguments
    rules: dict[str, list[Instruction]] = {
        "clone": [
            (_LD, 0, 0, first),
            (_JSET, 0, 1, _NAMESPACES),
            (_RET, 0, 0, refuse),
            (_RET, 0, 0, _ALLOW),
        ],
        "prctl": [
            (_LD, 0, 0, first),
            (_JEQ, 0, 1, _PR_SET_SECCOMP),
            (_RET, 0, 0, refuse),
            (_RET, 0, 0, _ALLOW),
        ],
        "socket": [
            (_LD, 0, 0, first),
            *((_JEQ, len(_FAMILIES) - k, 0, family) for k, family in enumerate(_FAMILIES)),
            (_RET, 0, 0, _ERRNO | _EAFNOSUPPORT),
            (_RET, 0, 0, _ALLOW),
        ],
        "ioctl": [
            (_LD, 0, 0, second),
            (_JEQ, 1, 0, _TERMINAL[0]),
            (_JEQ, 0, 1, _TERMINAL[1]),
            (_RET, 0, 0, _ERRNO | _EPERM),
            (_RET, 0, 0, _ALLOW),
        ],
        "setpriority": [(_LD, 0, 0, second), *_only(0)],
        "ioprio_set": [(_LD, 0, 0, second), *_only(0)],
        "prlimit64": [(_LD, 0, 0, first), *_only(0)],
    }
    # Process 1 is the one that guards this one.
    not_init: list[Instruction] = [
        (_LD, 0, 0, first), (_JEQ, 0, 1, 1), (_RET, 0, 0, _ERRNO | _EPERM), (_RET, 0, 0, _ALLOW),
    ]  # fmt: skip
    body = rules.get(name, not_init)
    return [(_JEQ, 0, len(body), numbers[name]), *body]


def _only(value: int) -> list[Instruction]:
    return [(_JEQ, 1, 0, value), (_RET, 0, 0, _ERRNO | _EPERM), (_RET, 0, 0, _ALLOW)]
