"""A run at a glance, while it goes on: what is best, what was spent, what `programs.git` names."""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.archives.base import Archive
from cladogen.evaluation import fitness_of
from cladogen.events import Ending, Progress
from cladogen.final import Final
from cladogen.git.heads import ELITES, heads
from cladogen.ledger import Stop
from cladogen.problem import Problem
from cladogen.prompts.restored import descents_of, recently
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.search.budget import Budget
from cladogen.search.proxy import agreement
from cladogen.search.workers import Workers


@dataclass(slots=True)
class Overview:
    """Answer what people and observers ask of a run. ``final`` is None until what ships is
    chosen.
    """

    problem: Problem
    store: Store
    record: RunRecord
    archive: Archive
    budget: Budget
    workers: Workers
    final: Final | None = None

    def best(self) -> int | None:
        """Return the best program: by fitness, or by the archive's own rule when it measures case
        by case.
        """
        by_fitness = self.archive.opening is None
        ranked = self.record.best() if by_fitness else self.archive.shortlist(1)
        return ranked[0] if ranked else None

    def best_fitness(self) -> float | None:
        """Return the highest fitness so far."""
        ranked = self.record.best()
        return self._fitness(ranked[0]) if ranked else None

    def is_above(self, fitness: float | None) -> bool:
        """Tell whether the highest fitness is above an earlier one, None when there was none."""
        now = self.best_fitness()
        return now is not None and (fitness is None or now > fitness)

    def heads(self) -> dict[str, int]:
        """Return the programs that have a name in ``programs.git``."""
        best = self.best()
        listed, ships = self.record.best(ELITES), None
        if self.final is not None:
            listed, ships = self.final.shortlist, self.final.number
        others = [number for number in listed if number != best]
        return heads(best, others[: ELITES - 1], ships)

    def ending(self, stop: Stop) -> Ending:
        """Return why the run ended and what it ships, with the programs themselves."""
        number = self.best() if self.final is None else self.final.number
        if number is None:
            return Ending(stop, self.final, proxy=self._proxy())
        shipped, seed = self.record.program(number), self.record.program(0)
        back = recently(descents_of(self.record, self.problem), self.record.size())
        return Ending(stop, self.final, shipped, seed, back, self._proxy())

    def _proxy(self) -> str:
        """Say how well a proxy ranked the programs of the run."""
        if not self.problem.proxy.cases:
            return ""
        rows = map(self.record.evaluations, range(self.record.size()))
        return agreement(self.problem, rows).sentence

    def progress(self) -> Progress:
        """Return the state of the run now."""
        best = self.best()
        return Progress(
            folder=self.store.folder,
            objective=self.problem.objective,
            spend=self.budget.spend,
            programs=self.record.size(),
            best=best,
            best_fitness=self._fitness(best),
            seed_fitness=self._fitness(0),
            noise=self.record.noise,
            busy=self.workers.busy,
            slots=self.workers.slots,
            archive=self.archive.view(),
            seconds_left=self.budget.seconds_left(),
            evaluations_left=self.budget.evaluations_left(),
        )

    def _fitness(self, number: int | None) -> float | None:
        if number is None or number >= self.record.size():
            return None
        return fitness_of(self.record.score(number))
