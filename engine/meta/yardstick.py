"""The yardstick: what a problem's own defaults come to, at the same budget and random seed, and the
gain of a configuration over that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from cladogen.bench.trial import Measured
from cladogen.errors import ConfigError
from cladogen.meta.choices import Choices
from cladogen.meta.inner import Arena, InnerRuns

LEAST = 0.1  # of the seed program's size, where the defaults found nothing on any seed


@dataclass(frozen=True, slots=True)
class Mark:
    """What the defaults came to by random seed, turned so that higher is better, and what a gain of
    1 is.
    """

    values: dict[int, float]
    unit: float

    def gain(self, seed: int, value: float) -> float:
        """Return a gain from -1 to 1."""
        return min(1.0, max(-1.0, (value - self.values[seed]) / self.unit))


class Yardstick:
    """What the defaults come to on each problem; each of their runs is made once, and again only
    where the world failed it.
    """

    def __init__(self, runs: InnerRuns) -> None:
        self._runs = runs
        self._made: dict[tuple[str, int], asyncio.Task[Measured]] = {}

    async def mark(self, arena: Arena, seeds: Sequence[int]) -> Mark:
        """Return a problem's mark over its random seeds; raises ConfigError where its defaults are
        too slow or find nothing, and SandboxError for a failure of the world.
        """
        tasks = [self._task(arena, seed) for seed in seeds]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        _raise_first(tasks)
        found = [task.result() for task in tasks]
        sign = arena.problem.objective.sign
        values = {seed: sign * value_of(each) for seed, each in zip(seeds, found, strict=True)}
        return Mark(values, _unit(found))

    async def close(self) -> None:
        """End the runs that nobody waits for any more."""
        for task in self._made.values():
            task.cancel()
        await asyncio.gather(*self._made.values(), return_exceptions=True)

    def _task(self, arena: Arena, seed: int) -> asyncio.Task[Measured]:
        task = self._made.get((arena.name, seed))
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._made[arena.name, seed] = asyncio.ensure_future(self._run(arena, seed))
        return task

    async def _run(self, arena: Arena, seed: int) -> Measured:
        name = f"default-{arena.name.replace(':', '-')}-{seed}"
        who = f"evolve meta: {arena.name}: its own defaults"
        try:
            found = (await self._runs.run(arena, Choices({}), seed, name)).measured
        except TimeoutError:
            raise ConfigError(
                f"{who} take longer than {self._runs.time_s:g} seconds with {arena.budget} "
                "evaluations; with another folder (--out) give more --run-seconds or less --budget"
            ) from None
        except ConfigError as error:
            raise ConfigError(f"{who} do not run: {error}") from None
        if found.value is None:
            raise ConfigError(
                f"{who} find no program, so nothing can be compared: {found.failed}; mend the "
                "problem, or name another"
            )
        return found


def _raise_first(tasks: Sequence[asyncio.Task[Measured]]) -> None:
    """Raise the error of the first task that has one."""
    for task in tasks:
        if task.done() and (error := task.exception()) is not None:
            raise error


def value_of(measured: Measured) -> float:
    """Return the value of what ships; 0 for none, which callers exclude."""
    return 0.0 if measured.value is None else measured.value


def _unit(found: Sequence[Measured]) -> float:
    """Return what the defaults gain over the seed program, on the mean."""
    pairs = [(value_of(each), each.seed_value) for each in found]
    gains = [abs(value - seed) for value, seed in pairs if seed is not None]
    if any(gains):
        return sum(gains) / len(gains)
    return LEAST * _largest(pairs) or LEAST


def _largest(pairs: Sequence[tuple[float, float | None]]) -> float:
    return max((abs(seed or value) for value, seed in pairs), default=0.0)
