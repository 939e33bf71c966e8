"""Programs run on cases: one sandbox call for each distinct input and seed, under the problem's
limits, whether or not what comes of it is scored afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from cladogen.errors import SandboxError, WorldAway
from cladogen.evaluation import Status
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.sandboxes.base import OUTPUT_MB, Call, Execution, Job, ModelAccess, Sandbox

_SEEDS_OUTPUT = 16  # times a seed program's answer, any program's may have
_LEAST_OUTPUT_MB = 1.0
Key = tuple[bytes, int]  # an encoded input and a seed
Executions = dict[Key, Execution]


class ProgramAccess(ModelAccess, Protocol):
    """A program's way to models in one call. ``spoilt`` says afterwards why its result is not its
    own doing, "" when it is.
    """

    @property
    def spoilt(self) -> str: ...


class Running:
    """Runs programs of one problem. With ``raises_away`` a world that is away raises WorldAway;
    without, it makes INFRA.
    """

    def __init__(self, problem: Problem, sandbox: Sandbox, *, raises_away: bool) -> None:
        self.problem, self.sandbox, self.raises_away = problem, sandbox, raises_away
        self.limits = problem.limits
        # What answers a program that asks models in a call; set where there is such a thing.
        self.models: Callable[[Program, Call], ProgramAccess] | None = None
        self.heard: Callable[[], object] | None = None  # is called after each call of a program

    async def add(
        self, program: Program, inputs: Sequence[Key], fresh: bool, executions: Executions
    ) -> None:
        """Run the program on the inputs it has not been run on, and add what came of it to
        ``executions``.

        Each seed has a process of its own: what a program remembers of one repeat is of no use to
        it in the next.
        """
        new = [key for key in inputs if key not in executions]
        for keys in _by_seed(new):
            calls = tuple(Call(data, at) for data, at in keys)
            found = await self.execute(program, calls, fresh=fresh)
            executions.update(zip(keys, found, strict=True))
            self._learn(program, found)

    async def variants(
        self, base: Program, variants: Sequence[Program], inputs: Sequence[Key]
    ) -> list[Executions]:
        """Run variants of a program on the inputs, all of them in one sandbox start: on the first
        input, then on the rest those that answered. What failed has failed; one that loops would
        take its whole time on every case, and hold up all that wait.
        """
        first = await self._variants(base, variants, inputs[:1])
        answered = [at for at, found in enumerate(first) if _has_output(found)]
        alive = list(map(variants.__getitem__, answered))
        rest = await self._variants(base, alive, inputs[1:]) if inputs[1:] and alive else []
        every = [dict.fromkeys(inputs, found[inputs[0]]) for found in first]
        for at, found in zip(answered, rest, strict=False):
            every[at].update(found)
        return every

    async def _variants(
        self, base: Program, variants: Sequence[Program], inputs: Sequence[Key]
    ) -> list[Executions]:
        """Run each variant on each input: in one sandbox start; each in its own where programs are
        built, for what was built of the base is not the variant.
        """
        if self.problem.build:
            return await self._built_variants(variants, inputs)
        overlays = [_overlay(base, variant) for variant in variants]
        calls = tuple(Call(data, at, overlay) for overlay in overlays for data, at in inputs)
        found = await self.execute(base, calls)
        width = len(inputs)
        groups = [found[at * width : (at + 1) * width] for at in range(len(variants))]
        return [dict(zip(inputs, group, strict=True)) for group in groups]

    async def _built_variants(
        self, variants: Sequence[Program], inputs: Sequence[Key]
    ) -> list[Executions]:
        plain = tuple(Call(data, at) for data, at in inputs)
        built = [await self.execute(variant, plain) for variant in variants]
        return [dict(zip(inputs, found, strict=True)) for found in built]

    async def execute(
        self, program: Program, calls: tuple[Call, ...], *, fresh: bool = False
    ) -> tuple[Execution, ...]:
        """Make calls of a program, unscored; a failure of the sandbox is Status.INFRA."""
        try:
            executions = tuple(await self._executed(program, calls, fresh))
        except WorldAway:
            raise
        except SandboxError as error:
            return tuple(Execution(Status.INFRA, detail=str(error)) for _ in calls)
        if self.raises_away:
            _check_none_away(executions)
        return executions

    def allow_output(self, megabytes: float) -> None:
        """Allow answers of at least this size."""
        most = max(megabytes, self.limits.output_mb or 0.0)
        self.limits = replace(self.limits, output_mb=most)

    async def _executed(
        self, program: Program, calls: tuple[Call, ...], fresh: bool
    ) -> Sequence[Execution]:
        """Make calls: in one job, or where the program asks models, each in a job of its own."""
        problem = self.problem
        job = Job(
            program.files,
            problem.entry,
            calls,
            self.limits,
            problem.build,
            program.id,
            fresh,
            alone=problem.sandbox.exclusive,
            heard=self.heard,
        )
        if self.models is None:
            return await self.sandbox.run(job)
        asking = [self._asking(job, call, self.models(program, call)) for call in calls]
        return await asyncio.gather(*asking)

    async def _asking(self, job: Job, call: Call, access: ProgramAccess) -> Execution:
        """Make one call of a program that may ask models meanwhile."""
        (execution,) = await self.sandbox.run(replace(job, calls=(call,), models=access))
        if access.spoilt:
            return replace(execution, status=Status.INFRA, output=None, detail=access.spoilt)
        return execution

    def _learn(self, program: Program, executions: Sequence[Execution]) -> None:
        """Take the size of a seed program's answers as the measure of all answers, where the
        problem states no limit.
        """
        seeds = {seed.id for seed in self.problem.seeds}
        if self.problem.limits.output_mb is not None or program.id not in seeds:
            return
        largest = max((execution.usage.output_bytes for execution in executions), default=0)
        wanted = max(_LEAST_OUTPUT_MB, _SEEDS_OUTPUT * largest / (1 << 20))
        known = self.limits.output_mb or 0.0
        self.limits = replace(self.limits, output_mb=min(OUTPUT_MB, max(wanted, known)))


def _check_none_away(executions: Sequence[Execution]) -> None:
    """Raise WorldAway for the first execution that found the world away."""
    for execution in executions:
        if execution.away:
            raise WorldAway(execution.detail)


def _by_seed(keys: Sequence[Key]) -> Collection[list[Key]]:
    """Return the keys in groups of one seed each."""
    groups: dict[int, list[Key]] = {}
    for key in keys:
        groups.setdefault(key[1], []).append(key)
    return groups.values()


def _has_output(found: Executions) -> bool:
    return all(execution.output is not None for execution in found.values())


def _overlay(base: Program, variant: Program) -> Mapping[str, bytes]:
    changed = {
        path: file.data for path, file in variant.files.items() if base.files.get(path) != file
    }
    if base.files.keys() - variant.files.keys():
        raise ValueError("a trial may change files, not delete them")
    return changed
