"""Mate choice: the second parent is chosen by a preference that is inherited and evolves.

Sexual selection in evolutionary computation (Miller and Todd, 1994) and evolving mating preferences in genetic
programming (arXiv:2504.06110). Every program carries a preference: how much it values, in a mate, fitness, being
different in features, being good on the cases it is bad on, and having few children yet. The first parent wins a
tournament by fitness; the second is the candidate it prefers. A child inherits a mixture of its parents' preferences,
changed a little, so preferences spread with the programs they made.
"""

from __future__ import annotations

import json
import math

import numpy as np
from numpy.typing import NDArray

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
        self.preferences: dict[int, NDArray[np.float64]] = {}
        self._features: dict[int, NDArray[np.float64]] = {}
        self._cases: dict[int, dict[str, float]] = {}

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Hold a tournament, then let its winner choose."""
        size = self.order.size()
        if not size:
            return propose_seed(ticket, self.population)
        # The population is in the order of fitness: the best of a tournament has the smallest place.
        first = self.order.at(int(float(rng.random(self.tournament).min()) * size))
        seen = dict.fromkeys(self.order.at(int(place * size)) for place in rng.random(self.candidates).tolist())
        others = [number for number in seen if number != first]
        noise = rng.normal(0.0, self.mutation, len(TRAITS)) if self.mutation else np.zeros(len(TRAITS))
        if not others or rng.random() >= self.mating:
            return Propose(ticket, (first,), tuple(others[:2]), note=_note(self.preferences[first] + noise))
        mate = max(others, key=lambda number: self._appeal(first, number))
        inherited = (self.preferences[first] + self.preferences[mate]) / 2 + noise
        shown = tuple(number for number in others if number != mate)[:2]
        return Propose(ticket, (first, mate), shown, note=_note(inherited))

    def enter(self, number: int, result: Result) -> Standing:
        """Take a scored program in with the preference it inherited; the worst of a full population leaves."""
        if result.score is None or result.score.fitness is None:
            return Standing.REJECTED
        self.preferences[number] = _preference(result.task.note)
        self._features[number] = np.array(result.score.features, "f8")
        self._cases[number] = dict(result.score.cases)
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
            self._features[number] = np.array(result.score.features, "f8")
            self._cases[number] = dict(result.score.cases)
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
        common = mine.keys() & theirs.keys()
        better = sum(theirs[case] > mine[case] for case in common) / len(common) if common else 0.0
        apart = np.abs(self._features[chooser] - self._features[mate])
        scale = np.abs(self._features[chooser]) + np.abs(self._features[mate])
        different = float(np.mean(apart / np.maximum(scale, 1e-12))) if len(apart) else 0.0
        children = int(self.population.children[mate]) + self.pending.get(mate, 0)
        traits = [float(fitness[mate] >= fitness[chooser]), different, better, 1 / (1 + children)]
        return float(self.preferences[chooser] @ np.array(traits))

    def _leave(self, number: int) -> None:
        self.order.remove(number, float(self.population.fitness[number]))
        del self.preferences[number], self._features[number], self._cases[number]


def _note(preference: NDArray[np.float64]) -> str:
    return json.dumps([round(float(value), 6) for value in preference])


def _preference(note: str) -> NDArray[np.float64]:
    """Read a preference from a task's note; a seed values all traits alike."""
    if not note.startswith("["):
        return np.ones(len(TRAITS))
    return np.array(json.loads(note), "f8")
