"""Inner runs, each in a process of its own: a few processes that stay, so that none starts anew."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cladogen.bench.trial import BenchRun, Measured, finished
from cladogen.errors import ConfigError, SandboxError
from cladogen.meta.choices import NO_MODELS, PROMPTS, Choices, InnerModels, inner_settings
from cladogen.problem import Problem
from cladogen.problem.edits import folder_hash

LINE_BYTES = 1 << 26
END_S = 5.0
# Inner runs at once, of the search at hand (0: as many as there are CPUs). Not a part of its
# problem: it decides no score, so a search goes on with another number.
JOBS: ContextVar[int] = ContextVar("jobs", default=0)


@dataclass(frozen=True, slots=True)
class Arena:
    """A problem that configurations are run on, at a budget of evaluations; ``sandbox`` holds the
    settings of where its programs run.
    """

    name: str
    problem: Problem
    variant: str
    budget: int
    sandbox: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InnerOutcome:
    """What an inner run came to; ``flags`` are what it said of itself."""

    measured: Measured
    flags: tuple[str, ...] = ()


class InnerRuns:
    """Make runs, up to ``jobs`` at once, each within ``time_s`` seconds. Folders of runs are below
    ``place``, and are removed when a run is over; where runs ask ``models`` they stay, so that what
    was paid for is asked once: a run that was killed goes on, and one that is over is read, also
    below ``before``, where a replay finds what was made then.
    """

    def __init__(
        self,
        place: Path,
        jobs: int,
        time_s: float,
        models: InnerModels = NO_MODELS,
        before: Path | None = None,
    ) -> None:
        self.place, self.jobs, self.time_s = place, jobs, time_s
        self.models, self.before = models, before
        self._free = asyncio.Semaphore(jobs)
        self._idle: list[asyncio.subprocess.Process] = []
        if not models.names:
            shutil.rmtree(place, ignore_errors=True)  # of an engine that was killed

    async def run(self, arena: Arena, choices: Choices, seed: int, name: str) -> InnerOutcome:
        """Make a run, called ``name``; raises ConfigError where the choices fit no run,
        TimeoutError, and SandboxError for a failure of the world.
        """
        try:
            return await self._run(arena, choices, seed, name)
        except TimeoutError:  # which is an OSError, too
            raise
        except OSError as error:
            raise SandboxError(f"an inner run cannot be made: {error}") from error

    async def _run(self, arena: Arena, choices: Choices, seed: int, name: str) -> InnerOutcome:
        async with self._free:
            with self._prepared(arena, choices, seed, name) as trial:
                if (known := self._known(trial)) is not None:
                    return InnerOutcome(known)
                process = self._idle.pop() if self._idle else await _process()
                try:
                    async with asyncio.timeout(self.time_s):
                        answer = await _ask(process, trial)
                except BaseException:
                    await _end(process)
                    raise
                self._idle.append(process)
        if "away" in answer:
            raise SandboxError(str(answer["away"]))
        return InnerOutcome(Measured.read(answer), tuple(answer.get("flags", ())))

    async def close(self) -> None:
        """End the processes."""
        while self._idle:
            await _end(self._idle.pop())
        if not self.models.names:
            shutil.rmtree(self.place, ignore_errors=True)

    def _known(self, trial: BenchRun) -> Measured | None:
        """Return what a run that asks models came to before; raises SandboxError in a replay that
        does not find it.
        """
        if not trial.settings["models"]:
            return None
        if self.before is None:
            return finished(trial)
        folder = self.before / Path(trial.folder).relative_to(self.place)
        found = finished(replace(trial, folder=str(folder)))
        if found is None:
            raise SandboxError(f"a replay asks no model, and {folder} holds no finished run")
        return found

    @contextlib.contextmanager
    def _prepared(self, arena: Arena, choices: Choices, seed: int, name: str) -> Iterator[BenchRun]:
        """Make the folder of a run, with a copy of the problem where prompts are laid over it."""
        self.place.mkdir(parents=True, exist_ok=True)
        folder = self.place / name
        if not self.models.names:
            folder = Path(tempfile.mkdtemp(prefix=f"{arena.name}-{seed}-", dir=self.place))
        try:
            own = arena.problem
            problem = _with_prompts(own.folder, folder / "with_prompts", choices.prompts)
            settings = inner_settings(own, choices, arena.budget, seed, self.models)
            settings = settings.over({"variant": arena.variant, **arena.sandbox}, "evolve meta")
            where = (str(problem), folder_hash(problem))
            yield BenchRun(*where, "", seed, str(folder / "run"), settings.to_json(), 0)
        finally:
            if not self.models.names:
                shutil.rmtree(folder, ignore_errors=True)


def _with_prompts(problem: Path, copy: Path, prompts: Mapping[str, bytes]) -> Path:
    """Return a problem's folder; where there are prompts, a copy with them."""
    if not prompts:
        return problem
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(problem, copy)
    for path, data in prompts.items():
        name = path.removeprefix(PROMPTS)
        if "/" in name:
            raise ConfigError(f"{path}: prompts are files of one folder, without folders below")
        (copy / PROMPTS).mkdir(exist_ok=True)
        (copy / PROMPTS / name).write_bytes(data)
    return copy


async def _process() -> asyncio.subprocess.Process:
    # In a session of its own: Ctrl-C is the outer search's, which lets what is in flight end.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "cladogen.meta.worker",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, limit=LINE_BYTES, start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip


async def _ask(process: asyncio.subprocess.Process, trial: BenchRun) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(ConnectionError):
        process.stdin.write(json.dumps(asdict(trial)).encode() + b"\n")
        await process.stdin.drain()
    line = await process.stdout.readline()
    if not line:
        raise SandboxError(f"an inner run's process died with exit code {await process.wait()}")
    return json.loads(line)  # type: ignore[no-any-return]


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process: it ends when its input does, or is killed."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), END_S)
    except TimeoutError:
        process.kill()
        await process.wait()
