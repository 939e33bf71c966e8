"""Restarts: go on from a program that solves cases which its descendants lost.

Exploratory iteration (ExIt, "Bootstrapping Task Spaces", arXiv:2509.04575) starts anew from the
most informative states of earlier lines instead of the last ones. Here a program is informative by
the cases on which no descendant of it, some generations deep, came up to it, each by how much the
case tells now (`cladogen.archives.curriculum`). How many turns restarts get follows from what the
last steps gained (B-STaR, arXiv:2412.17256): none while the search gains at each, all of
their share once it gains nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cladogen.archives.curriculum import Curriculum
from cladogen.archives.options import bounded
from cladogen.problem.space import Space

GENERATIONS = 8  # of descendants that are looked at
DESCENDANTS = 3  # below which nothing is called lost yet
KEPT = 512  # programs that may be gone back to: those with the latest descendants
FADE = 0.9  # of what the last steps gained, at each result
GAINING = 0.2  # the discounted share of results with a new best from which nothing is restarted


@dataclass(slots=True)
class _State:
    """What a program reached by case, what its descendants reached at best, and how many there
    are.
    """

    own: dict[str, float]
    below: dict[str, float] = field(default_factory=dict)
    descendants: int = 0

    def lost(self) -> list[str]:
        """Return the cases on which no descendant comes up to the program."""
        if self.descendants < DESCENDANTS:
            return []
        return [case for case, value in self.own.items() if value > self.below.get(case, value)]


class Restarts:
    """Programs to go back to. ``share`` is the most of the turns that restarts may have."""

    def __init__(self, space: Space, share: float) -> None:
        bounded("restarts", share, 0, 1)
        self.share, self._space = share, space
        self.curriculum = Curriculum(space.cases, space.bounded)
        self._states: OrderedDict[int, _State] = OrderedDict()
        self._parents: dict[int, int] = {}
        self._gained = 0.0

    def learn(self, number: int, parent: int, values: Mapping[str, float], improved: bool) -> None:
        """Take in what a program reached on the cases it was measured on; ``improved``: it is the
        best so far. ``parent`` is -1 for a seed program.
        """
        self._gained = FADE * self._gained + (1.0 - FADE) * improved
        new = number not in self._parents
        self._parents[number] = parent
        self._states[number] = state = self._states.get(number, _State({}))
        self.curriculum.learn({case: values[case] for case in values if case not in state.own})
        state.own.update(values)
        above = parent
        for _ in range(GENERATIONS):
            if above not in self._states:
                break
            self._descended(self._states[above], values, new)
            self._states.move_to_end(above)
            above = self._parents[above]
        while len(self._states) > KEPT:
            del self._parents[self._states.popitem(last=False)[0]]

    def _descended(self, state: _State, values: Mapping[str, float], new: bool) -> None:
        state.descendants += new
        for case, value in values.items():
            state.below[case] = max(value, state.below.get(case, value))

    @property
    def chance(self) -> float:
        """The chance that the next turn is a restart."""
        return self.share * max(0.0, 1.0 - self._gained / GAINING)

    def informative(self) -> dict[int, float]:
        """Return the programs that solve what their descendants lost, each with how much that
        tells.
        """
        weights = dict(zip(self._space.cases, self.curriculum.worth().tolist(), strict=True))
        lost = {number: state.lost() for number, state in self._states.items()}
        return {
            number: sum(weights.get(case, 0.0) for case in cases)
            for number, cases in sorted(lost.items())
            if cases
        }

    def draw(self, rng: np.random.Generator) -> int | None:
        """Return a program to go back to, None when this turn is no restart."""
        if rng.random() >= self.chance:
            return None
        found = self.informative()
        total = sum(found.values())
        if total <= 0.0:
            return None
        chances = np.array(list(found.values())) / total
        return list(found)[int(rng.choice(len(found), p=chances))]
