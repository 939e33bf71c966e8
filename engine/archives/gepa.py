"""GEPA (arXiv:2507.19457): a Pareto front per case; parents in proportion to the number of fronts
they hold.

Every case has a front: the programs that are best on it. A program is dropped if every front that
holds it also holds another survivor, the weakest overall first, so that what remains covers all
cases with few programs.
"""

from __future__ import annotations

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.curriculum import Curriculum
from cladogen.archives.options import bounded
from cladogen.archives.rule import Rule, propose_seed
from cladogen.task import Propose


class Gepa(Rule):
    """Per-case fronts. With chance ``crossover`` another survivor, which is best on other cases, is
    the second parent. With ``curriculum`` a front counts by how much its case tells programs apart
    now; ``restarts`` is the share of turns that may go back to programs whose descendants lost
    cases.
    """

    def __init__(
        self,
        space: Space,
        *,
        crossover: float = 0.0,
        inspirations: int = 2,
        curriculum: bool = False,
        restarts: float = 0.0,
    ) -> None:
        super().__init__(space)
        self.curriculum = Curriculum(space.cases, space.bounded) if curriculum else None
        self.may_restart(restarts)
        bounded("crossover", crossover, 0, 1)
        bounded("inspirations", inspirations, 0, 1000)
        self.crossover, self.inspirations = crossover, inspirations
        self.best: dict[str, float] = {}
        self.fronts: dict[str, set[int]] = {}
        self.survivors: dict[
            int, dict[str, float]
        ] = {}  # what each reaches on every case it was measured on

    def held(self, number: int) -> list[str]:
        """Return the cases whose fronts hold a program."""
        return [case for case, front in self.fronts.items() if number in front]

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Draw a survivor in proportion to the fronts it holds."""
        if not self.survivors:
            return propose_seed(ticket, self.population)
        numbers = sorted(self.survivors)
        weights = np.zeros(len(numbers))
        row = {number: index for index, number in enumerate(numbers)}
        worth = self._worth()
        for case, front in self.fronts.items():
            for number in front:
                weights[row[number]] += worth.get(case, 1.0)
        steps = np.cumsum(weights)
        parent = numbers[int(np.searchsorted(steps, rng.random() * steps[-1], side="right"))]
        others = [number for number in numbers if number != parent]
        mates = (
            [others.pop(int(rng.integers(len(others))))]
            if others and rng.random() < self.crossover
            else []
        )
        shown = [others[int(index)] for index in rng.permutation(len(others))[: self.inspirations]]
        return Propose(ticket, (parent, *mates), tuple(shown))

    def _worth(self) -> dict[str, float]:
        """Return how much each case counts; empty: all the same."""
        if self.curriculum is None:
            return {}
        return dict(zip(self.space.cases, self.curriculum.weights().tolist(), strict=True))

    def enter(self, number: int, result: Result) -> Standing:
        """Let a scored program challenge every front."""
        if result.ranked is None:
            return Standing.REJECTED
        if self.curriculum is not None:
            values = self.space.values(result.ranked)
            self.curriculum.learn(values)
        held = len(self.fronts)
        reached = self._challenge(number, dict(result.ranked.cases))
        if not reached:
            return Standing.REJECTED
        self._drop_covered()
        if number not in self.survivors:
            return Standing.REJECTED
        return Standing.NEW if len(self.fronts) > held else Standing.IMPROVED

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Let a program measured again challenge the fronts anew; those it falls from go to the
        next survivors.
        """
        self.survivors.pop(number, None)
        open_fronts = []
        for case in self.held(number):
            self.fronts[case].discard(number)
            if not self.fronts[case]:
                del self.fronts[case], self.best[case]
                open_fronts.append(case)
        for other, values in list(self.survivors.items()):
            self._challenge(other, {case: values[case] for case in open_fronts if case in values})
        if result.ranked is not None:
            self._challenge(number, dict(result.ranked.cases))
        self._drop_covered()
        return Standing.NOTED

    def view(self) -> ArchiveView:
        """Return the survivors with the fronts they hold."""
        weights = tuple(
            (f"#{number}", float(len(self.held(number)))) for number in sorted(self.survivors)
        )
        return ArchiveView(
            kept=max(len(self.survivors), min(1, self.population.count)), weights=weights
        )

    def _challenge(self, number: int, values: dict[str, float]) -> list[str]:
        reached = []
        for case, value in values.items():
            best = self.best.get(case)
            if best is None or value > best:
                self.best[case] = value
                self.fronts[case] = {number}
            elif value == best:
                self.fronts[case].add(number)
            else:
                continue
            reached.append(case)
        if reached:
            self.survivors.setdefault(number, {}).update(values)
        return reached

    def _drop_covered(self) -> None:
        """Drop the programs that every front could do without, the weakest first."""
        held: dict[int, list[str]] = {number: [] for number in self.survivors}
        for case, front in self.fronts.items():
            for number in front:
                held[number].append(case)
        fitness = self.population.fitness
        for number in sorted(held, key=lambda number: (float(fitness[number]), -number)):
            if all(len(self.fronts[case]) > 1 for case in held[number]):
                for case in held[number]:
                    self.fronts[case].discard(number)
                del self.survivors[number]
