"""A job that is given up, as the end of a run's seconds does: nothing of it reaches the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from cladogen.errors import SandboxError
from cladogen.evaluation import Status
from cladogen.program import File
from cladogen.sandboxes.base import Call, Execution, Job, Limits
from cladogen.sandboxes.line.pool import SessionPool
from cladogen.sandboxes.line.session import SupervisorGone
from cladogen.sandboxes.local import Local

SLEEPS = b"""
import pathlib, time
def run(path):
    pathlib.Path(path).touch()
    time.sleep(3)
    return "of the job that was given up"
"""
ANSWERS = b"def run(x):\n    return 'mine'\n"


def job(source: bytes, data: bytes = b"null", *, fresh: bool = False) -> Job:
    limits = Limits(time_s=20.0, memory_mb=256)
    return Job({"main.py": File(source)}, "main.py:run", (Call(data),), limits, fresh=fresh)


@pytest.mark.parametrize("fresh", [False, True])
async def test_program_after_a_job_that_was_given_up_is_not_said_to_take_its_sandbox_down(
    tmp_path: Path, fresh: bool
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o777)
    shared.chmod(0o777)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    sandbox = Local()
    await sandbox.start(1)
    try:
        for turn in range(3):
            begun = shared / str(turn)
            given_up = asyncio.create_task(sandbox.run(job(SLEEPS, f'"{begun}"'.encode())))
            # Until the program says that it runs; a file is its only way to.
            while not begun.exists() and not given_up.done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            given_up.cancel()
            await asyncio.gather(given_up, return_exceptions=True)
            (done,) = await sandbox.run(job(ANSWERS, fresh=fresh))
            assert done.status is Status.OK, done.detail
            assert b"mine" in (done.output or b"")
    finally:
        await sandbox.close()


class _Deaf:
    """A session that no job gets an answer from."""

    abnormal, served, about = False, 0, {}
    limits = Limits()

    def __init__(self, error: SupervisorGone, kills: Sequence[int] = (0,)) -> None:
        self.error = error
        self.kills = list(kills)
        self.known: list[int] = []

    async def memory_kills(self, known: int = -1) -> int:
        self.known.append(known)
        return self.kills.pop(0) if len(self.kills) > 1 else self.kills[0]

    async def run(self, *_: object) -> list:
        raise self.error

    async def kill(self) -> None:
        pass


@pytest.mark.parametrize(("late", "status"), [(True, Status.INFRA), (False, Status.CRASH)])
async def test_machine_too_slow_to_answer_twice_is_no_verdict_on_the_program(late, status) -> None:
    async def spawn(limits: Limits, count: int) -> _Deaf:
        return _Deaf(SupervisorGone("no answer", late=late))

    pool = SessionPool(spawn, {})
    await pool.start(1, Limits())
    (done,) = await pool.run(job(ANSWERS))
    await pool.close()
    assert done.status is status


@pytest.mark.parametrize(
    ("kills", "status"),
    [((0,), Status.CRASH), ((2,), Status.CRASH), ((0, 1), Status.OUT_OF_MEMORY)],
    ids=["none", "of jobs before it", "its own"],
)
async def test_program_that_takes_its_sandbox_down_with_memory_is_out_of_memory(
    kills: tuple[int, ...], status: Status
) -> None:
    spawned = []

    async def spawn(limits: Limits, count: int) -> _Deaf:
        spawned.append(_Deaf(SupervisorGone("it ended"), kills))
        return spawned[-1]

    pool = SessionPool(spawn, {})
    await pool.start(1, Limits())
    (done,) = await pool.run(job(ANSWERS))
    await pool.close()
    assert done.status is status
    assert status is Status.CRASH or "256 MiB of memory" in done.detail
    # Before the job and after it: where counts are never late, nothing is asked again.
    assert [each.known for each in spawned if each.known] == [[-1, kills[0]]]


class _Renewable:
    """A session whose supervisor is replaced after each job, until the daemon goes away."""

    abnormal, served, renewed = True, 1, 0
    about = {"renews": True}  # noqa: RUF012

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.gone = asyncio.Event()

    async def run(self, job: Job, *_: object) -> list[Execution]:
        return [Execution(Status.OK, output=b"1") for _ in job.calls]

    async def renew(self) -> None:
        await self.gone.wait()
        raise SandboxError("the daemon is away")

    async def kill(self) -> None:
        pass


async def test_supervisors_that_cannot_be_replaced_do_not_wait_for_each_other() -> None:
    spawned: list[_Renewable] = []

    async def spawn(limits: Limits, count: int) -> _Renewable:
        spawned.append(_Renewable(limits))
        return spawned[-1]

    pool = SessionPool(spawn, {})
    await pool.start(3, job(ANSWERS).limits)
    first = await asyncio.gather(*(pool.run(job(ANSWERS)) for _ in range(3)))
    renewals = list(pool.preparing)
    for at in (2, 0, 1):
        spawned[at].gone.set()
        await asyncio.sleep(0)
    done, waiting = await asyncio.wait(renewals, timeout=20)
    again = await asyncio.wait_for(pool.run(job(ANSWERS)), 20)
    await pool.close()
    assert (len(renewals), len(done), len(waiting)) == (3, 3, 0)
    assert [task.exception() for task in renewals] == [None] * 3
    assert {each.status for (each,) in (*first, again)} == {Status.OK}
