"""The filter says what its list says: every call is decided by running the program as the kernel would."""

from __future__ import annotations

import json
import struct
from importlib.resources import files

import pytest

from cladogen.sandboxes import seccomp

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
TABLE = json.loads(files("cladogen.sandboxes").joinpath("syscalls.json").read_text())
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decide(architecture: str, number: int, arguments: tuple[int, ...] = (), audit: int | None = None) -> int:
    """Run the program over one call, as the kernel does."""
    program = list(struct.iter_unpack("=HBBI", seccomp.child_filter(architecture)))
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("=IIQ6Q", number, audit or AUDIT[architecture], 0, *padded)
    at = accumulator = 0
    while True:
        code, yes, no, k = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, k)
        elif code == 0x06:
            return int(k)
        else:
            tests = {0x15: accumulator == k, 0x35: accumulator >= k, 0x25: accumulator > k, 0x45: bool(accumulator & k)}
            at += yes if tests[code] else no


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_every_named_call_gets_what_its_list_says(architecture: str) -> None:
    numbers = TABLE["numbers"][architecture]
    for name in TABLE["allow"]:
        if name in numbers:
            assert decide(architecture, numbers[name]) == ALLOW, name
    for name in TABLE["refuse"]:
        if name in numbers:
            assert decide(architecture, numbers[name]) == KILL, name


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_what_is_not_listed_does_not_exist(architecture: str) -> None:
    known = set(TABLE["numbers"][architecture].values())
    for number in range(700):
        if number not in known:
            assert decide(architecture, number) == ERRNO | 38, number


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_arguments_decide_where_they_must(architecture: str) -> None:
    numbers = TABLE["numbers"][architecture]
    assert decide(architecture, numbers["clone"], (0x003D0F00,)) == ALLOW  # a thread
    assert decide(architecture, numbers["clone"], (0x10000011,)) == KILL  # a user namespace
    assert decide(architecture, numbers["clone"], (0x00000080 | 17,)) == KILL  # a time namespace
    assert [decide(architecture, numbers["socket"], (family,)) for family in (1, 2, 10)] == [ALLOW] * 3
    assert [decide(architecture, numbers["socket"], (family,)) for family in (16, 17, 38, 40)] == [ERRNO | 97] * 4
    assert decide(architecture, numbers["prlimit64"], (0,)) == ALLOW
    assert decide(architecture, numbers["prlimit64"], (1,)) == ERRNO | 1
    assert decide(architecture, numbers["ioctl"], (0, 0x5401)) == ALLOW
    assert decide(architecture, numbers["ioctl"], (0, 0x5412)) == ERRNO | 1
    assert decide(architecture, numbers["sched_setaffinity"], (1,)) == ERRNO | 1


def test_another_architecture_ends_the_process() -> None:
    assert decide("x86_64", 20, audit=0x40000003) == KILL
    assert decide("x86_64", 0x40000000 | 1) == KILL


def test_no_list_holds_a_call_that_another_refuses() -> None:
    allowed, guarded, refused = (set(TABLE[name]) for name in ("allow", "guarded", "refuse"))
    assert not allowed & refused
    assert not guarded & (allowed | refused)
    profile = json.loads(seccomp.docker_profile())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert not {"ptrace", "bpf", "keyctl", "setns", "io_uring_setup"} & set(profile["syscalls"][0]["names"])
