"""A portfolio: several archives see every result, and a bandit gives the next task to the one that makes progress.

Thompson sampling with forgetting over the arms: a task that raises the best program is a success, one that beats its
parent a fifth of one. Arms that stop paying are asked less, and come back when the others stop too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cladogen.archives.base import Archive, ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded, make_archive
from cladogen.archives.rule import Rule
from cladogen.errors import ConfigError
from cladogen.proposal import Outcome
from cladogen.task import Measure, Propose, Task

_STEP = 0.2  # what beating the parent is worth, where beating everything is worth 1


class Portfolio(Rule):
    """``arms`` are names of archives, separated by commas; ``memory`` is how much of the past is kept at each
    result.
    """

    def __init__(self, space: Space, *, arms: str = "map_elites,shinka_weighted,greedy", memory: float = 0.98) -> None:
        super().__init__(space)
        bounded("memory", memory, 0, 1)
        self.names = [name.strip() for name in arms.split(",") if name.strip()]
        if not self.names:
            raise ConfigError("archive option arms: name at least one archive")
        self.arms: list[Archive] = [make_archive(name, space) for name in self.names]
        self.memory = memory
        self.gains = np.zeros(len(self.arms))
        self.losses = np.zeros(len(self.arms))
        self._flying = {}

    def ask(self, ticket: int, rng: np.random.Generator) -> Task:
        """Let the arm with the largest draw choose; its tasks in flight count as losses."""
        if not self.population.seeds:
            raise ValueError("ask came before any seed program was told; tell the seeds first")
        flying = np.bincount([_arm(task) for task in self._flying.values()], minlength=len(self.arms))
        arm = int(np.argmax(rng.beta(1 + self.gains, 1 + self.losses + flying)))
        task = self.arms[arm].ask(ticket, rng)
        task = replace(task, note=f"{arm}|{task.note}")
        self._flying[ticket] = task
        return task

    def tell(self, result: Result) -> Standing:
        """Tell every arm, the asking one under its own note; reward the asking one."""
        self._flying.pop(result.task.ticket, None)
        asked = _arm(result.task)
        standing = Standing.NOTED
        for place, arm in enumerate(self.arms):
            own = place == asked
            note = result.task.note.partition("|")[2] if own else ""
            task = replace(result.task, note=note) if own else _plain(result.task)
            found = arm.tell(replace(result, task=task))
            standing = found if own else standing
        if result.outcome not in (Outcome.INFRA, Outcome.ABANDONED):
            self._reward(asked, result)
        return standing

    def shortlist(self, count: int) -> tuple[int, ...]:
        """Return the fittest programs seen by any arm."""
        return self.population.ranked(count)

    def view(self) -> ArchiveView:
        """Return the arms with their success rates."""
        rates = (1 + self.gains) / (2 + self.gains + self.losses)
        weights = tuple((name, float(rate)) for name, rate in zip(self.names, rates, strict=True))
        return ArchiveView(kept=max(1, self.population.scored), weights=weights)

    def _reward(self, arm: int, result: Result) -> None:
        before = self.population.best
        best = float(self.population.fitness[before]) if before is not None else -np.inf
        if result.program is not None and result.outcome in (Outcome.ACCEPTED, Outcome.MEASURED):
            parents = result.parents or (result.task.parents if isinstance(result.task, Propose) else ())
            if result.program not in self.population:
                self.population.add(result.program, parents)
            fitness = None if result.score is None else result.score.fitness
            self.population.score(result.program, fitness)
        else:
            fitness, parents = None, ()
        if isinstance(result.task, Measure) or not result.task.parents:
            return
        gain = 0.0
        if fitness is not None:
            parent = float(self.population.fitness[parents[0]]) if parents else np.inf
            gain = 1.0 if fitness > best else _STEP * (fitness > parent)
        self.gains *= self.memory
        self.losses *= self.memory
        self.gains[arm] += gain
        self.losses[arm] += 1 - gain


def _arm(task: Task) -> int:
    head = task.note.partition("|")[0]
    return int(head) if head.isdigit() else 0


def _plain(task: Task) -> Task:
    # What another arm made is spread over this arm's islands.
    return replace(task, note="", island=task.ticket)
