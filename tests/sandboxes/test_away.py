"""The world that is away is one state: said as such, nothing of it counted against a program, measured when it is back."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest

from cladogen.errors import SandboxError, WorldAway
from cladogen.evaluation import Status
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.problem import load
from cladogen.program import File
from cladogen.sandboxes.base import Call, Job, Limits, Service
from cladogen.sandboxes.line.service import ServiceLine
from cladogen.sandboxes.line.session import Session
from cladogen.sandboxes.local import Local

JOB = Job({"main.py": File(b"def run(x):\n    return 1")}, "main.py:run", (Call(b"0"),), fresh=True)


class Interrupted(Local):
    """A sandbox whose supervisors and services cannot be started while the world is away."""

    away = False

    async def _spawn(self, limits: Limits, slot: int) -> Session:
        if self.away:
            raise SandboxError("no daemon answers")
        return await Local._spawn(self, limits, slot)

    async def serve(self, service: Service) -> ServiceLine:
        if self.away:
            raise SandboxError("no daemon answers")
        return await Local.serve(self, service)  # type: ignore[return-value]


async def test_a_sandbox_that_cannot_be_started_is_away_and_then_back() -> None:
    sandbox = Interrupted()
    await sandbox.start(1)
    try:
        await sandbox.run(JOB)
        for session in [*sandbox.pool.ready]:
            await session.kill()
        sandbox.pool.ready.clear()
        for task in [*sandbox.pool.preparing]:
            await task
        sandbox.pool.ready.clear()
        sandbox.away = True
        (execution,) = await sandbox.run(JOB)
        assert (execution.status, execution.away) == (Status.INFRA, True)
        sandbox.away = False
        (execution,) = await sandbox.run(JOB)
        assert execution.status is Status.OK
    finally:
        await sandbox.close()


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "solve.py").write_text("def run(case):\n    return case\n")
    (tmp_path / "problem.toml").write_text(
        '[program]\neditable = ["solve.py"]\nentry = "solve.py:run"\n[objective]\nmetric = "value"\n'
    )
    (tmp_path / "scorer.py").write_text(
        "from cladogen.scoring import Case, number\n"
        "def cases(parameters):\n    return [Case('a', 1)]\n"
        "def score(case, output):\n    return {'value': number(output)}\n"
    )
    return tmp_path


@pytest.mark.parametrize("raises", [True, False])
async def test_a_scorer_that_cannot_be_started_again_is_away_and_then_back(
    problem: Path, raises: bool
) -> None:
    sandbox = Interrupted()
    await sandbox.start(1)
    asked = load(problem)
    evaluator = ProblemEvaluator(asked, sandbox, raises_away=raises)
    try:
        await evaluator.start()
        await evaluator.scorer.close()
        sandbox.away = True
        if raises:
            with pytest.raises(WorldAway, match="the scorer cannot be started: no daemon answers"):
                await evaluator.evaluate(asked.seeds[0])
        else:
            (row,) = await evaluator.evaluate(asked.seeds[0])
            assert row.status is Status.INFRA
        sandbox.away = False
        (row,) = await evaluator.evaluate(asked.seeds[0])
        assert row.status is Status.OK
    finally:
        await evaluator.close()
        await sandbox.close()


async def test_service_that_is_gone_when_it_is_asked_leaves_no_failure_that_nobody_reads():
    """Else asyncio writes a traceback of it to the terminal, whenever it is collected."""
    told: list[dict] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, about: told.append(about))

    class Gone:
        def write(self, data: bytes) -> None: ...

        async def drain(self) -> None:
            raise ConnectionResetError("the other side has gone")

    async def nothing(*_: float) -> str:
        return ""

    line = ServiceLine("the scorer", asyncio.StreamReader(), Gone(), nothing, nothing)
    with pytest.raises(SandboxError, match="ended without answering"):
        await line.request(b"x", 5.0)
    del line
    gc.collect()
    await asyncio.sleep(0)
    assert told == []
