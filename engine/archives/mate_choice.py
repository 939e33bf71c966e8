"""Mate choice: the second parent is chosen by a preference that is inherited and evolves.

Sexual selection in evolutionary computation (Miller and Todd, 1994; "All You Need is Sex for
Diversity", arXiv:2303.17441), with preferences as in "On the Dynamics of Mating Preferences in
Genetic Programming" (arXiv:2504.06110): every program carries the picture of an ideal mate, and
takes the candidate nearest to it. Here the picture is a point of the unit cube of four traits that
a mate has to its chooser: how fit it is (by rank), how different in features, on what share of the
cases it is better, and how few children it has. The first parent wins a tournament by fitness. A
child inherits each coordinate from one of its parents, changed a little, so ideals spread with the
programs they made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cladogen.archives.base import ArchiveView, Result, Space, Standing
from cladogen.archives.options import bounded
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule, parents_of, propose_seed
from cladogen.evaluation import Score
from cladogen.kernels.ranks import ranking
from cladogen.task import Propose

TRAITS = ("fitness", "difference", "complement", "few_children")


class MateChoice(Rule):
    """A population of the ``members`` best programs, of which ``candidates`` are looked at as
    mates.

    ``mutation`` is the standard deviation of the change of a coordinate, ``mating`` the chance of a
    second parent.
    """

    def __init__(
        self,
        space: Space,
        *,
        members: int = 128,
        tournament: int = 4,
        candidates: int = 6,
        mutation: float = 0.1,
        mating: float = 0.7,
    ) -> None:
        super().__init__(space)
        bounded("members", members, 2, 100_000)
        bounded("tournament", tournament, 1, 1000)
        bounded("candidates", candidates, 1, 1000)
        bounded("mutation", mutation, 0, 1)
        bounded("mating", mating, 0, 1)
        self.capacity, self.tournament, self.candidates = members, tournament, candidates
        self.mutation, self.mating = mutation, mating
        self.order = ranking()
        self.ideals = Column(
            "f4", 1.0, width=len(TRAITS)
        )  # of a seed: the fittest, most different, best, childless
        self._features: dict[int, tuple[float, ...]] = {}
        self._cases: dict[int, Mapping[str, float]] = {}

    def choose(self, ticket: int, rng: np.random.Generator) -> Propose:
        """Hold a tournament, then let its winner choose."""
        size = self.order.size()
        if not size:
            return propose_seed(ticket, self.population)
        # The population is in the order of fitness: the best of a tournament has the smallest
        # place.
        first = self.order.at(int(float(rng.random(self.tournament).min()) * size))
        drawn = [int(where * size) for where in rng.random(self.candidates).tolist()]
        places = {self.order.at(place): place for place in drawn}
        others = [number for number in places if number != first]
        changes = (self.mutation * rng.standard_normal(len(TRAITS))).tolist()
        sides = rng.random(len(TRAITS)).tolist()
        mine = self.ideals[first].tolist()
        if not others or rng.random() >= self.mating:
            return Propose(ticket, (first,), tuple(others[:2]), note=_note(mine, changes))

        def distance(number: int) -> float:
            return self._distance(mine, first, number, places[number] / size)

        mate = min(others, key=distance)
        shown = tuple(number for number in others if number != mate)[:2]
        crossed = _crossed(mine, self.ideals[mate].tolist(), sides)
        return Propose(ticket, (first, mate), shown, note=_note(crossed, changes))

    def enter(self, number: int, result: Result) -> Standing:
        """Take a scored program in with the ideal it inherited; the worst of a full population
        leaves.
        """
        parents = parents_of(result)
        self.ideals[number] = _ideal(result.task.note) or (
            self.ideals[parents[0]] if parents else 1.0
        )
        self._place(number, result.ranked)
        return Standing.NEW if number in self._cases else Standing.REJECTED

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        """Move a program that was measured again; one that had to leave may come back."""
        if number in self._cases:
            self._leave(number, old)
        self._place(number, result.ranked)
        return Standing.NOTED

    def view(self) -> ArchiveView:
        """Return the ideal mate of the population on average."""
        average = (
            self.ideals.array[list(self._cases)].mean(axis=0)
            if self._cases
            else np.ones(len(TRAITS))
        )
        weights = tuple((trait, float(value)) for trait, value in zip(TRAITS, average, strict=True))
        return ArchiveView(kept=max(1, len(self._cases)), weights=weights)

    def _distance(
        self, ideal: Sequence[float], chooser: int, mate: int, rank_share: float
    ) -> float:
        """Return how far (squared) a candidate is from the ideal; ``rank_share`` is the share of
        programs before it.
        """
        mine, theirs = self._cases[chooser], self._cases[mate]
        better = sum(theirs[case] > value for case, value in mine.items() if case in theirs) / max(
            1, len(mine)
        )
        apart = 0.0
        for here, there in zip(self._features[chooser], self._features[mate], strict=True):
            apart += abs(here - there) / max(abs(here) + abs(there), 1e-12)
        children = int(self.population.children[mate]) + self.pending.get(mate, 0)
        traits = (
            1 - rank_share,
            apart / max(1, len(self._features[mate])),
            better,
            1 / (1 + children),
        )
        return sum((wanted - found) ** 2 for wanted, found in zip(ideal, traits, strict=True))

    def _place(self, number: int, score: Score | None) -> None:
        """Take a program into the population if it is good enough for it."""
        if score is None:
            return
        self._features[number], self._cases[number] = score.features, score.cases
        self.order.insert(number, float(self.population.fitness[number]))
        if self.order.size() > self.capacity:
            last = self.order.at(self.capacity)
            self._leave(last, float(self.population.fitness[last]))

    def _leave(self, number: int, fitness: float) -> None:
        self.order.remove(number, fitness)
        del self._features[number], self._cases[number]


def _note(ideal: Sequence[float], changes: Sequence[float]) -> str:
    """Return what a child inherits: an ideal, changed a little, in the unit cube."""
    moved = (
        min(max(wanted + change, 0.0), 1.0) for wanted, change in zip(ideal, changes, strict=True)
    )
    return ",".join(f"{wanted:.6f}" for wanted in moved)


def _ideal(note: str) -> tuple[float, ...]:
    """Read an ideal from a task's note; nothing where another archive asked."""
    return tuple(map(float, note.split(","))) if note.count(",") == len(TRAITS) - 1 else ()


def _crossed(mine: Sequence[float], others: Sequence[float], sides: Sequence[float]) -> list[float]:
    """Return an ideal that has each coordinate of one of two."""
    both = zip(mine, others, sides, strict=True)
    return [own if side < 0.5 else other for own, other, side in both]
