"""A portfolio: several archives see every result, and a bandit gives the next task to the one that
makes progress.

Thompson sampling with forgetting over the arms: a task that raises the best program is a success,
one that beats its parent a fifth of one; measuring a program again is a failure as large as the
share of the cases it used, unless it shows a new best. Arms that stop paying are asked less, and
come back when the others stop too. Only programs measured on every case are compared, but where an
arm measures case by case it says what ships: it ranks the others, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cladogen.archives.base import (
    Archive,
    ArchiveView,
    Migrated,
    Result,
    Space,
    Standing,
    migrated,
    take_up,
)
from cladogen.archives.options import bounded, make_archive
from cladogen.archives.rule import NOTHING, RAN, Rule, parents_of
from cladogen.errors import ConfigError
from cladogen.evaluation import Score, fitness_of
from cladogen.task import Measure, Propose, Task

_STEP = 0.2  # what beating the parent is worth, where beating everything is worth 1


class Portfolio(Rule):
    """``arms`` are names of archives, separated by commas; ``memory`` is how much of the past is
    kept at each result.
    """

    def __init__(
        self, space: Space, *, arms: str = "map_elites,shinka_weighted,greedy", memory: float = 0.98
    ) -> None:
        super().__init__(space)
        bounded("memory", memory, 0, 1)
        self.names = [name.strip() for name in arms.split(",") if name.strip()]
        if not self.names:
            raise ConfigError("archive option arms: name at least one archive")
        self.arms: list[Archive] = [
            make_archive(name, space, folder=space.folder) for name in self.names
        ]
        self.memory = memory
        self.gains = [0.0] * len(self.arms)
        self.losses = [0.0] * len(self.arms)
        self._flying = {}

    def ask(self, ticket: int, rng: np.random.Generator) -> Task:
        """Let the arm with the largest draw choose; its tasks in flight count as losses."""
        if not self.population.seeds:
            raise ValueError("ask came before any seed program was told; tell the seeds first")
        flying = np.bincount(list(map(_asker, self._flying.values())), minlength=len(self.arms))
        arm = int(np.argmax(rng.beta(1 + np.array(self.gains), 1 + np.array(self.losses) + flying)))
        task = self.arms[arm].ask(ticket, rng)
        task = replace(task, note=f"{arm}|{task.note}")
        if isinstance(task, Propose):  # an arm is no baseline: a model sees what all of them found
            task = replace(task, alone=False)
        self._flying[ticket] = task
        return task

    def take_up(self, task: Task) -> None:
        """Count a task as in flight, and in the arm that asked for it."""
        self._flying[task.ticket] = task
        take_up(self.arms[_asker(task)], replace(task, note=task.note.partition("|")[2]))

    def tell(self, result: Result) -> Standing:
        """Tell every arm, the asking one under its own note; reward the asking one."""
        if result.last:
            self._flying.pop(result.task.ticket, None)
        asked = _asker(result.task)
        note = result.task.note.partition("|")[2]
        own = result if note == result.task.note else with_marks(result, note, result.task.island)
        elsewhere = with_marks(
            result, "", result.task.ticket
        )  # what another arm made is spread over an arm's islands
        standing = Standing.NOTED
        for index, arm in enumerate(self.arms):
            if index == asked:
                standing = arm.tell(own)
            else:
                arm.tell(elsewhere)
        if result.outcome not in NOTHING:
            self._reward(asked, result)
        return standing

    def migrated(self) -> tuple[Migrated, ...]:
        """Return what the last result made migrate in any arm."""
        return tuple(moved for arm in self.arms for moved in migrated(arm))

    def shortlist(self, count: int) -> tuple[int, ...]:
        """Return the fittest programs, by the first arm that measures case by case where there is
        one.
        """
        case_by_case = [arm for arm in self.arms if arm.opening is not None]
        return case_by_case[0].shortlist(count) if case_by_case else self.population.ranked(count)

    def view(self) -> ArchiveView:
        """Return the arms with their success rates."""
        rates = [
            (1 + gain) / (2 + gain + loss)
            for gain, loss in zip(self.gains, self.losses, strict=True)
        ]
        weights = tuple(zip(self.names, rates, strict=True))
        return ArchiveView(kept=max(1, self.population.scored), weights=weights)

    def _reward(self, arm: int, result: Result) -> None:
        before = self.population.best
        best = self.population.fitness[before] if before is not None else -math.inf
        fitness = self._whole(result.score)
        parents = parents_of(result)
        ran = result.outcome in RAN
        if ran and result.program is not None:
            self._enter(result.program, parents, fitness)
        if arm >= 0 and result.last:
            self._credit(arm, result, fitness if ran else None, best)

    def _credit(self, arm: int, result: Result, reached: float | None, best: float) -> None:
        """Let an arm learn what came of its task; ``best`` was the highest fitness before."""
        record = reached is not None and reached > best
        if isinstance(result.task, Measure):
            share = len(result.evaluations) / max(1, len(self.space.cases))
            self._learn(arm, float(record), max(share, float(record)))
        elif result.task.parents:
            self._learn(
                arm, 1.0 if record else _STEP * self._is_better(reached, parents_of(result)), 1.0
            )

    def _is_better(self, reached: float | None, parents: Sequence[int]) -> bool:
        """Whether a child is better than its first parent; none is better than no parent."""
        if reached is None or not parents:
            return False
        return not reached <= self.population.fitness[parents[0]]

    def _enter(self, number: int, parents: tuple[int, ...], fitness: float | None) -> None:
        """Take a program's fitness, of a new one or of one that was measured again."""
        if number in self.population:
            self.population.score(number, fitness)
        else:
            self.population.enter(number, parents, fitness)

    def _learn(self, arm: int, gain: float, weight: float) -> None:
        """Count a task of ``weight`` for its arm, of which ``gain`` was a success; what is older
        fades.
        """
        kept = self.memory**weight
        self.gains = [kept * gained for gained in self.gains]
        self.losses = [kept * lost for lost in self.losses]
        self.gains[arm] += gain
        self.losses[arm] += weight - gain

    def _whole(self, score: Score | None) -> float | None:
        """Return the fitness of a program that was measured on every case, None for any other."""
        measured = 0 if score is None else len(score.cases)
        return fitness_of(score) if measured >= len(self.space.cases) else None


def _asker(task: Task) -> int:
    """Return the index of the arm that asked for a task, -1 when none here did."""
    head = task.note.partition("|")[0]
    return int(head) if head.isdigit() else -1


def with_marks(result: Result, note: str, island: int) -> Result:
    """Return the result with other marks on its task (by hand: `dataclasses.replace` takes four
    times as long).
    """
    task = result.task
    marked: Task = (
        Propose(
            task.ticket,
            task.parents,
            task.inspirations,
            task.cases,
            island,
            note,
            task.hint,
            task.purpose,
            task.alone,
        )
        if isinstance(task, Propose)
        else Measure(task.ticket, task.program, task.cases, task.seed, island, note)
    )
    return Result(
        marked, result.outcome, result.program, result.parents, result.score, result.evaluations,
        result.cost_usd, result.operator, result.reason, result.last,
    )  # fmt: skip
