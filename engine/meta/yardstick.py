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
from cladogen.problem import load

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
    """What the defaults come to on each problem; each of their runs is made once."""

    def __init__(self, runs: InnerRuns) -> None:
        self._runs = runs
        self._marks: dict[str, asyncio.Task[Mark]] = {}

    async def mark(self, arena: Arena, seeds: Sequence[int]) -> Mark:
        """Return a problem's mark over its random seeds."""
        task = self._marks.get(arena.name)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._marks[arena.name] = asyncio.ensure_future(self._measured(arena, seeds))
        return await asyncio.shield(task)

    async def _measured(self, arena: Arena, seeds: Sequence[int]) -> Mark:
        own, name = Choices({}), arena.name.replace(":", "-")
        runs = (self._runs.run(arena, own, seed, f"default-{name}-{seed}") for seed in seeds)
        found = [each.measured for each in await asyncio.gather(*runs)]
        sign = load(arena.folder, arena.variant).objective.sign
        for each in found:
            if each.value is None:
                raise ConfigError(f"{arena.name}: its own defaults find no program: {each.failed}")
        values = {seed: sign * value_of(each) for seed, each in zip(seeds, found, strict=True)}
        return Mark(values, _unit(found))


def value_of(measured: Measured) -> float:
    """Return the value of what ships; 0 for none, which callers exclude."""
    return 0.0 if measured.value is None else measured.value


def _unit(found: Sequence[Measured]) -> float:
    """Return what the defaults gain over the seed program, on the mean."""
    pairs = [(value_of(each), each.seed_value) for each in found]
    gains = [abs(value - seed) for value, seed in pairs if seed is not None]
    mean = sum(gains) / len(gains) if gains else 0.0
    size = max((abs(seed or value) for value, seed in pairs), default=0.0)
    return mean or LEAST * size or LEAST
