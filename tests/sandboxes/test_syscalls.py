"""The filter says what its list says: every call is decided by running the program as the kernel would."""

from __future__ import annotations

import json
import struct
from importlib.resources import files

import pytest

from cladogen.sandboxes import seccomp

ALLOW, KILL, ERRNO, TELL = 0x7FFF0000, 0x80000000, 0x00050000, 0x7FC00000
TABLE = json.loads(files("cladogen.sandboxes").joinpath("syscalls.json").read_text())
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decide(
    architecture: str,
    number: int,
    arguments: tuple[int, ...] = (),
    audit: int | None = None,
    *,
    tell: bool = True,
) -> int:
    """Run the program over one call, as the kernel does."""
    program = list(struct.iter_unpack("=HBBI", seccomp.child_filter(architecture, tell=tell)))
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
            tests = {
                0x15: accumulator == k,
                0x35: accumulator >= k,
                0x25: accumulator > k,
                0x45: bool(accumulator & k),
            }
            at += yes if tests[code] else no


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_every_named_call_gets_what_its_list_says(architecture: str) -> None:
    numbers = TABLE["numbers"][architecture]
    for name in TABLE["allow"]:
        if name in numbers:
            assert decide(architecture, numbers[name]) == ALLOW, name
    for name in TABLE["refuse"]:
        if name in numbers:
            assert decide(architecture, numbers[name]) == TELL, name
            assert decide(architecture, numbers[name], tell=False) == KILL, name


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
    assert decide(architecture, numbers["clone"], (0x10000011,)) == TELL  # a user namespace
    assert decide(architecture, numbers["clone"], (0x00000080 | 17,)) == TELL  # a time namespace
    assert decide(architecture, numbers["prctl"], (22, 2)) == TELL  # a filter of its own
    assert decide(architecture, numbers["prctl"], (15,)) == ALLOW
    assert [decide(architecture, numbers["socket"], (family,)) for family in (1, 2, 10)] == [
        ALLOW
    ] * 3
    assert [decide(architecture, numbers["socket"], (family,)) for family in (16, 17, 38, 40)] == [
        ERRNO | 97
    ] * 4
    assert decide(architecture, numbers["prlimit64"], (0,)) == ALLOW
    assert decide(architecture, numbers["prlimit64"], (1,)) == ERRNO | 1
    assert decide(architecture, numbers["ioctl"], (0, 0x5401)) == ALLOW
    assert decide(architecture, numbers["ioctl"], (0, 0x5412)) == ERRNO | 1
    assert decide(architecture, numbers["sched_setaffinity"], (1,)) == ERRNO | 1
    assert [decide(architecture, numbers["sched_setattr"], (pid,)) for pid in (0, 1)] == [
        ALLOW,
        ERRNO | 1,
    ]
    assert [decide(architecture, numbers["ioprio_set"], (1, pid)) for pid in (0, 1)] == [
        ALLOW,
        ERRNO | 1,
    ]


def test_another_architecture_ends_the_process() -> None:
    assert decide("x86_64", 20, audit=0x40000003) == KILL
    assert decide("x86_64", 0x40000000 | 1) == KILL


def test_no_list_holds_a_call_that_another_refuses() -> None:
    allowed, guarded, refused = (set(TABLE[name]) for name in ("allow", "guarded", "refuse"))
    assert not allowed & refused
    assert not guarded & (allowed | refused)
    profile = json.loads(seccomp.docker_profile())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert not {"ptrace", "bpf", "keyctl", "setns", "io_uring_setup"} & set(
        profile["syscalls"][0]["names"]
    )


def test_every_refused_call_has_a_name_for_the_one_who_made_it() -> None:
    for architecture, told in seccomp.child_filters().items():
        refused = {
            TABLE["numbers"][architecture][name]
            for name in TABLE["refuse"]
            if name in TABLE["numbers"][architecture]
        }
        assert refused < set(told["names"])


def test_only_a_container_of_candidates_leaves_the_refusing_to_the_second_filter() -> None:
    services, candidates = (
        set(json.loads(seccomp.docker_profile(candidates=which))["syscalls"][0]["names"])
        for which in (False, True)
    )
    assert candidates - services == set(TABLE["refuse"]) - services
    assert not {"io_uring_setup", "clone3"} & candidates
