"""Judge a configuration: runs of the engine under it, on each problem with each random seed, at one
budget.

A case is a problem with a random seed, "cap_set/3". Its ``gain`` is the difference of what ships to
what ships under the problem's own defaults, with the same seed and budget, in units of what these
defaults gain over the seed program on the mean, from -1 to 1. Inner runs use one worker, so that a
run made again comes to the same.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cladogen.bench.trial import Measured
from cladogen.errors import CladogenError, ConfigError, SandboxError
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.meta.choices import Choices, InnerModels, read_choices
from cladogen.meta.inner import JOBS, Arena, InnerRuns
from cladogen.meta.yardstick import Mark, Yardstick
from cladogen.problem import Problem, load
from cladogen.program import Program
from cladogen.record.store import Store

INNER = "inner"  # where a run's folder holds its inner runs
APART = 1000  # inner random seeds of two outer ones
WORDS = 300  # characters of a flag in the feedback
SANDBOX = ("sandbox", "isolation", "runtime")


class MetaEvaluator:
    """Judge configurations by inner runs, several at once."""

    strength = "inner runs in processes of their own; what they evaluate is in their sandboxes"

    def __init__(self, problem: Problem) -> None:
        given = problem.parameters
        self.problem = problem
        self.arenas: dict[str, tuple[Arena, tuple[int, ...]]] = {}
        names = self._take_arenas(given["problems"].values(), APART * int(given["seed"]))
        self.train, self.heldout = tuple(names["train"]), tuple(names["held_out"])
        place, before = _places(problem.folder.parent)
        self._scratch = None if place.name == INNER else place
        jobs = JOBS.get() or os.cpu_count() or 1
        models = _models(given.get("models", {}))
        self.runs = InnerRuns(place, jobs, float(given["time_s"]), models, before)
        self.yardstick = Yardstick(self.runs)

    def _take_arenas(self, given: Iterable[Mapping[str, Any]], first: int) -> dict[str, list[str]]:
        """Take the problems, with random seeds from ``first`` on; return the cases by split."""
        names: dict[str, list[str]] = {"train": [], "held_out": []}
        for each in given:
            arena = _arena(self.problem, each)
            self.arenas[arena.name] = arena, tuple(range(first, first + each["seeds"]))
            cases = (f"{arena.name}/{at}" for at in range(each["seeds"]))
            names[each["split"]] += cases
        return names

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        """Return a row for each case; the same whenever it is asked for. Raises ConfigError where
        a problem's own defaults give nothing to compare with.
        """
        asked = self.train if cases is None else tuple(cases)
        try:
            choices = read_choices(program)
        except ConfigError as error:
            return tuple(
                Evaluation(program.id, case, seed, Status.INVALID, feedback=str(error))
                for case in asked
            )
        again = f"{seed}-fresh" if fresh else f"{seed}"
        return await _together(self._row(program, choices, case, seed, again) for case in asked)

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        """Score variants on the training cases."""
        score = self.problem.score
        return tuple([score(await self.evaluate(variant, seed=seed)) for variant in variants])

    async def close(self) -> None:
        """End the processes of inner runs."""
        await self.yardstick.close()
        await self.runs.close()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    async def _row(
        self, program: Program, choices: Choices, case: str, seed: int, again: str
    ) -> Evaluation:
        name = f"{program.id}-{case.replace('/', '-').replace(':', '-')}-{again}"
        of, _, at = case.rpartition("/")
        arena, seeds = self.arenas[of]
        try:
            mark = await self.yardstick.mark(arena, seeds)
        except SandboxError as error:
            return Evaluation(program.id, case, seed, Status.INFRA, feedback=str(error))
        try:
            metrics, feedback, usd = await self._measured(
                choices, mark, arena, seeds[int(at)], name
            )
            row = Evaluation(program.id, case, seed, Status.OK, metrics, feedback)
            return replace(row, cost_usd=usd)
        except TimeoutError:
            text = f"the inner run took longer than {self.runs.time_s:g} seconds"
            return Evaluation(program.id, case, seed, Status.TIMEOUT, feedback=text)
        except SandboxError as error:
            return Evaluation(program.id, case, seed, Status.INFRA, feedback=str(error))
        except CladogenError as error:
            return Evaluation(program.id, case, seed, Status.INVALID, feedback=str(error))

    async def _measured(
        self, choices: Choices, mark: Mark, arena: Arena, seed: int, run: str
    ) -> tuple[dict[str, float], str, float | None]:
        """Return a case's metrics, feedback, and what its run cost; raises ConfigError where
        nothing is found.
        """
        sign, default = arena.problem.objective.sign, mark.values[seed]
        value, flags, usd = default, "", None
        if choices.values or choices.prompts:
            found = await self.runs.run(arena, choices, seed, run)
            if found.measured.value is None:
                raise ConfigError(found.measured.failed or "the inner run shipped nothing")
            value = sign * found.measured.value
            usd = _usd(found.measured)
            flags = "".join(f"; {flag[:WORDS]}" for flag in dict.fromkeys(found.flags))
        metrics = {"gain": mark.gain(seed, value), "value": sign * value, "default": sign * default}
        said = f"{sign * value:.6g}, where the defaults find {sign * default:.6g}"
        return metrics, said + flags, usd


async def _together(rows: Iterable[Coroutine[Any, Any, Evaluation]]) -> tuple[Evaluation, ...]:
    """Make all rows at once; raises the first error of any, which ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(row) for row in rows]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return tuple(task.result() for task in tasks)


def _arena(problem: Problem, each: Mapping[str, Any]) -> Arena:
    given = problem.parameters
    name = str(each["name"])
    variant = str(each.get("variant", ""))
    inner = load(problem.folder / "inner" / name.replace(":", "-"), variant)
    budget = int(each.get("budget", given["budget"]))
    sandbox = {key: str(given[key]) for key in SANDBOX if key in given}
    return Arena(name, inner, variant, budget, sandbox)


def _usd(measured: Measured) -> float | None:
    """Return what a run's models cost, None where none was asked or a price is unknown."""
    asked = measured.tokens > 0 and not measured.unpriced
    return measured.usd if asked else None


def _models(given: Mapping[str, Any]) -> InnerModels:
    names, usd = tuple(given.get("names", ())), float(given.get("usd", 0.0))
    return InnerModels(names, usd, str(given.get("api_base", "")), given.get("options", {}))


def _places(run: Path) -> tuple[Path, Path | None]:
    """Return where inner runs are made, in the run's folder or a temporary one, and where a replay
    finds those of the run that it makes again.
    """
    if not (run / "run.db").exists():
        return Path(tempfile.mkdtemp(prefix="cladogen-meta-")), None
    store = Store.open(run)
    try:
        source = store.meta().get("replay_of")
    finally:
        store.close()
    return run / INNER, Path(str(source)) / INNER if source else None
