"""Mate choice: the second parent is chosen by a preference that is inherited and evolves.

Sexual selection in evolutionary computation (Miller and Todd, 1994) and evolving mating preferences in genetic
programming (arXiv:2504.06110). Every program carries a preference: how much it values, in a mate, fitness, being
different in features, being good on the cases it is bad on, and having few children yet. The first parent wins a
tournament by fitness; the second is the candidate it prefers. A child inherits a mixture of its parents' preferences,
changed a little, so preferences spread with the programs they made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.rule import Rule, propose_seed
from cladogen.kernels.ranks import ranking
from cladogen.task import Propose

TRAITS = ("fitness", "difference", "complement", "few_children")


class MateChoice(Rule):
    """A population of the ``members`` best programs; ``candidates`` mates are looked at, ``mutation`` is the change."""

    def __init__(
        self,
        space: Space,
        *,
        members: int = 128,
        tournament: int = 4,
        candidates: int = 6,
        mutation: float = 0.25,
        mating: float = 0.7,
    ) -> None:
        super().__init__(space)
        bounded("members", members, 2, 100_000)
        bounded("tournament", tournament, 1, 1000)
        bounded("candidates", candidates, 1, 1000)
        bounded("mutation", mutation, 0)
        bounded("mating", mating, 0, 1)
        self.room, self.tournament, self.candidates = members, tournament, candidates
        self.mutation, self.mating = mutation, mating
        self.order = ranking()
        self.preferences: dict[int, tuple[float, ...]] = {}
        self._features: dict[int, tuple[float, ...]] = {}
        self._cases: dict[int, Mapping[str, float]] = {}

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Hold a tournament, then let its winner choose."""
        size = self.order.size()
        if not size:
            return propose_seed(ticket, self.population)
        # The population is in the order of fitness: the best of a tournament has the smallest place.
        first = self.order.at(int(float(rng.random(self.tournament).min()) * size))
        seen = dict.fromkeys(self.order.at(int(place * size)) for place in rng.random(self.candidates).tolist())
        others = [number for number in seen if number != first]
        noise = (self.mutation * rng.standard_normal(len(TRAITS))).tolist()
        mine = self.preferences[first]
        if not others or rng.random() >= self.mating:
            return Propose(ticket, (first,), tuple(others[:2]), note=_note(mine, mine, noise))
        mate = max(others, key=lambda number: self._appeal(first, number))
        shown = tuple(number for number in others if number != mate)[:2]
        return Propose(ticket, (first, mate), shown, note=_note(mine, self.preferences[mate], noise))

    def enter(self, number: int, result: Result) -> Standing:
        """Take a scored program in with the preference it inherited; the worst of a full population leaves."""
        if result.score is None or result.score.fitness is None:
            return Standing.REJECTED
        self.preferences[number] = _preference(result.task.note)
        self._features[number] = result.score.features
        self._cases[number] = result.score.cases
        self.order.insert(number, result.score.fitness)
        if self.order.size() > self.room:
            self._leave(self.order.at(self.room))
        return Standing.NEW if number in self.preferences else Standing.REJECTED

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Move a program that was measured again."""
        kept = number in self.preferences
        if kept:
            self.order.remove(number, old)
        if result.score is not None and result.score.fitness is not None and (kept or math.isnan(old)):
            self.preferences.setdefault(number, _preference(""))
            self._features[number] = result.score.features
            self._cases[number] = result.score.cases
            self.order.insert(number, result.score.fitness)
            if self.order.size() > self.room:
                self._leave(self.order.at(self.room))
        elif kept:
            del self.preferences[number], self._features[number], self._cases[number]
        return Standing.NOTED

    def view(self) -> ArchiveView:
        """Return what the population prefers on average."""
        average = np.mean(list(self.preferences.values()), axis=0) if self.preferences else np.zeros(len(TRAITS))
        weights = tuple((trait, float(value)) for trait, value in zip(TRAITS, average, strict=True))
        return ArchiveView(kept=max(1, len(self.preferences)), weights=weights)

    def _appeal(self, chooser: int, mate: int) -> float:
        fitness = self.population.fitness
        mine, theirs = self._cases[chooser], self._cases[mate]
        better = sum(theirs[case] > value for case, value in mine.items() if case in theirs) / max(1, len(mine))
        apart = 0.0
        for here, there in zip(self._features[chooser], self._features[mate], strict=True):
            apart += abs(here - there) / max(abs(here) + abs(there), 1e-12)
        children = int(self.population.children[mate]) + self.pending.get(mate, 0)
        likes = self.preferences[chooser]
        fit = float(fitness[mate] >= fitness[chooser])
        apart /= max(1, len(self._features[mate]))
        return likes[0] * fit + likes[1] * apart + likes[2] * better + likes[3] / (1 + children)

    def _leave(self, number: int) -> None:
        self.order.remove(number, float(self.population.fitness[number]))
        del self.preferences[number], self._features[number], self._cases[number]


def _note(mine: Sequence[float], theirs: Sequence[float], noise: Sequence[float]) -> str:
    """Return what a child inherits: the mean of two preferences, changed a little."""
    return ",".join(f"{(a + b) / 2 + change:.6f}" for a, b, change in zip(mine, theirs, noise, strict=True))


def _preference(note: str) -> tuple[float, ...]:
    """Read a preference from a task's note; a seed values all traits alike."""
    values = tuple(float(value) for value in note.split(",")) if note.count(",") == len(TRAITS) - 1 else ()
    return values or (1.0,) * len(TRAITS)
