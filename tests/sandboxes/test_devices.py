"""GPUs are declared for each program, pinned to each slot, and never shared; tried with devices that are only named."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from cladogen.errors import SandboxError
from cladogen.program import File
from cladogen.sandboxes import devices, wire
from cladogen.sandboxes.base import Call, Job, Limits, SandboxNeeds
from cladogen.sandboxes.choose import open_sandbox

LIMITS = Limits(time_s=20.0)
SHOW = b"""
import os, time
def run(x):
    started = time.time()
    time.sleep(0.05)
    threads = [os.environ[name] for name in ("OMP_NUM_THREADS", "JULIA_NUM_THREADS", "GOMAXPROCS")]
    return [os.environ.get("CUDA_VISIBLE_DEVICES"), started, time.time(), threads]
"""


@pytest.fixture
def four(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose nvidia-smi shows four."""
    lines = "".join(f"echo 'GPU {k}: played (UUID: GPU-{k})'\n" for k in range(4))
    (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{lines}")
    (tmp_path / "nvidia-smi").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv(devices.VARIABLE, raising=False)


def test_each_slot_has_devices_of_its_own(four: None) -> None:
    assert devices.groups("1") == (("0",), ("1",), ("2",), ("3",))
    assert devices.groups("2") == (("0", "1"), ("2", "3"))
    assert devices.groups("3") == (("0", "1", "2"),)
    assert devices.groups("all") == (("0", "1", "2", "3"),)
    assert devices.groups("") == ()


def test_a_variable_that_shows_less_is_heeded(four: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(devices.VARIABLE, "1,GPU-3")
    assert devices.groups("1") == (("1",), ("GPU-3",))


@pytest.mark.parametrize(
    ("gpus", "words"), [("5", "shows 4"), ("many", 'takes "all" or'), ("0", "a number")]
)
def test_what_cannot_be_given_is_one_line(four: None, gpus: str, words: str) -> None:
    with pytest.raises(SandboxError, match=words):
        devices.groups(gpus)


async def ran(needs: SandboxNeeds, slots: int, jobs: int, **options: Any) -> list[Any]:
    async with open_sandbox("local", needs, limits=LIMITS, slots=slots) as sandbox:
        job = Job({"main.py": File(SHOW)}, "main.py:run", (Call(b"0"),), LIMITS, **options)
        found = await asyncio.gather(*(sandbox.run(job) for _ in range(jobs)))
    return [wire.decode(execution.output or b"") for (execution,) in found]


def overlapping(found: list[Any]) -> list[tuple[Any, Any]]:
    return [
        (one, two)
        for at, one in enumerate(found)
        for two in found[at + 1 :]
        if one[1] < two[2] and two[1] < one[2]
    ]


async def test_programs_at_once_see_different_devices(four: None) -> None:
    found = await ran(SandboxNeeds(gpus="2"), slots=4, jobs=6)
    assert {shown for shown, *_ in found} == {"0,1", "2,3"}
    assert all(one[0] != two[0] for one, two in overlapping(found))


async def test_numeric_libraries_start_no_more_threads_than_cpus_are_granted(four: None) -> None:
    ((_, _, _, threads),) = await ran(SandboxNeeds(), slots=1, jobs=1)
    assert threads == ["1", "1", "1"]


async def test_programs_whose_time_is_the_score_run_alone() -> None:
    found = await ran(SandboxNeeds(), slots=3, jobs=5, alone=True)
    assert overlapping(found) == []
