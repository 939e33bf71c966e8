"""Drawing parents in proportion to a weight: what the rules share whose paper is one formula for
that weight.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cladogen.archives.base import Result, Space, Standing
from cladogen.archives.population import Column
from cladogen.archives.rule import Rule, parents_of, propose_seed
from cladogen.kernels.sums import sum_tree
from cladogen.task import Propose, Task

# what is taken from the whole population is taken anew whenever it has grown by one part in 64
_STALE = 64


class Weighted(Rule):
    """A rule that fills in `weight`, a formula of scores and numbers of children, for one program
    or many at once.

    Scores are mean utilities where the objective has a range. Otherwise they are fitness, rescaled
    so that 0 is the worst twentieth of the population and 1 its best program. Proposals in flight
    count as children.
    """

    def __init__(self, space: Space) -> None:
        super().__init__(space)
        self.tree = sum_tree()
        self.scores = Column("f8", math.nan)
        self.range = (0.0, 1.0)
        self.changed = (math.nan, math.nan)  # the score changed last: what it was, what it is
        self._judged = 0

    def weight(self, scores: Any, children: Any) -> Any:
        """Return weights (not negative) of programs by their scores and children."""
        raise NotImplementedError

    def judge(self, number: int, result: Result) -> None:
        """Note a program's score and weigh what it changes."""
        value = self.value(number, result)
        self.scores.reserve(self.population.size)
        self.changed = (self.scores[number], value)
        self.scores[number] = value
        grown = self.population.scored - self._judged >= max(1, self._judged // _STALE)
        stale = grown and not self.space.bounded and self._rescale()
        if grown:
            self._judged = self.population.scored
        if self.survey(grown) or stale:
            self.weigh_all()
        else:
            self.weigh(number)

    def weigh(self, number: int) -> None:
        """Set the weight of one program."""
        score: float = self.scores[number]
        children = self.population.children[number] + self.pending.get(number, 0)
        self.tree.set(
            number, 0.0 if math.isnan(score) else float(self.weight(self.unit(score), children))
        )

    def weigh_all(self) -> None:
        """Set the weights of all programs."""
        scores = self.scores.array[: self.population.size]
        self.population.children.reserve(self.population.size)
        children = self.population.children.array[: self.population.size].astype("f8")
        for number, flying in self.pending.items():
            children[number] += flying
        self.tree.assign(np.nan_to_num(self.weight(self.unit(scores), children), nan=0.0))

    def survey(self, grown: bool) -> bool:
        """Look at the whole population after a score changed; True when all weights must be taken
        anew.

        ``grown`` says that the population grew by one part in 64 since it was so the last time.
        """
        return False

    def choose(self, ticket: int, rng: np.random.Generator) -> Task:
        """Draw a parent in proportion to its weight."""
        parent = self.draw(rng)
        return (
            propose_seed(ticket, self.population) if parent is None else Propose(ticket, (parent,))
        )

    def draw(self, rng: np.random.Generator) -> int | None:
        """Return a program in proportion to its weight; the best one when all weights vanish."""
        number = self.tree.find(float(rng.random()))
        return self.population.best if number < 0 else number

    def enter(self, number: int, result: Result) -> Standing:
        self.judge(number, result)
        for parent in dict.fromkeys(parents_of(result)):
            self.weigh(parent)
        return super().enter(number, result)

    def rescore(self, number: int, result: Result, old: float) -> Standing:
        self.judge(number, result)
        return Standing.NOTED

    def departed(self, task: Task) -> None:
        self._weigh_parent(task)

    def landed(self, task: Task) -> None:
        self._weigh_parent(task)

    def known(self) -> NDArray[np.float64]:
        """Return the scores of all programs that have one."""
        scores = self.scores.array[: self.population.size]
        found: NDArray[np.float64] = scores[~np.isnan(scores)]
        return found

    def top(self, count: int) -> NDArray[np.float64]:
        """Return the ``count`` largest scores (fewer when there are fewer)."""
        scores = self.known()
        return np.partition(scores, len(scores) - count)[-count:] if len(scores) > count else scores

    def _weigh_parent(self, task: Task) -> None:
        if isinstance(task, Propose) and task.parents:
            self.weigh(task.parents[0])

    def _rescale(self) -> bool:
        scores = self.known()
        if not len(scores):
            return False
        index = len(scores) // 20
        low, high = float(np.partition(scores, index)[index]), float(scores.max())
        changed = (low, high) != self.range
        self.range = (low, high)
        return changed

    def unit(self, scores: Any) -> Any:
        """Return scores as `weight` takes them."""
        low, high = self.range
        if self.space.bounded:
            return scores
        return (scores - low) / (high - low) if high > low else scores - low + 0.5


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)), without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)
