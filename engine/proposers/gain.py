"""What a proposal gained: how much better its child is than its parent, on a scale that the run
itself sets.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

from cladogen.archives.base import Result
from cladogen.evaluation import fitness_of
from cladogen.problem import Problem
from cladogen.problem.coevolution import is_evolved
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.known_numbers import KnownNumbers


def parent_fitness(record: Record, parents: tuple[int, ...]) -> float | None:
    """Return the first parent's fitness, None when it has none."""
    return fitness_of(record.score(parents[0])) if parents else None


def trial_fitness(problem: Problem, record: Record, number: int) -> float | None:
    """Return the fitness that a program has on the problem's own cases, which is what trials can be
    compared with: they are not run on cases that evolved. None when it has no fitness.
    """
    fitness = fitness_of(record.score(number))
    if fitness is None or not problem.coevolution.genes:
        return fitness
    rows = record.evaluations(number)
    return problem.score([row for row in rows if not is_evolved(row.case)]).fitness


class Gains:
    """Turn improvements into gains between 0 and 1: half is a usual improvement, and a new best
    counts twice.

    What is known gains nothing: a duplicate, and a program that returned what an earlier one
    returned and scores the same. Crediting it with what the original is above the parent is no
    better and no worse (20 paired seeds on three problems, docs/benchmarks.md), and would reward
    an operator for going back to where the search was.
    """

    def __init__(self, decay: float = 0.98) -> None:
        self.decay = decay
        self._best = -math.inf
        self._sum = self._count = 0.0
        self._behaviours = KnownNumbers()  # eight bytes of a digest each: they are all kept

    def of(self, proposal: Proposal, result: Result) -> float:
        """Return the gain of a proposal; 0 when it has none, or made nothing or what is known."""
        score = result.score
        if score is None or result.outcome is not Outcome.ACCEPTED:
            return 0.0
        return self.of_child(score.fitness, proposal.parent_fitness, score.signature)

    def of_child(self, fitness: float | None, before: float | None, signature: str) -> float:
        """Return the gain of a proposal whose child was accepted: the child's fitness, its parent's
        when it was proposed, and the name of what it does.
        """
        if fitness is None or before is None or not self.is_new(fitness, signature):
            return 0.0
        best, self._best = self._best, max(self._best, fitness, before)
        improvement = fitness - before
        if improvement <= 0 or not math.isfinite(improvement):
            return 0.0
        self._sum = self._sum * self.decay + improvement
        self._count = self._count * self.decay + 1.0
        gain = improvement / (improvement + self._sum / self._count)
        return gain if fitness > best else gain / 2

    def is_new(self, fitness: float | None, signature: str) -> bool:
        """Tell whether no program before behaves like this one, and remember it."""
        if not signature:
            return True
        return self._behaviours.add(named(signature, fitness))

    def state(self) -> list[Any]:
        """Return what was learnt."""
        best = None if self._best == -math.inf else self._best
        return [best, self._sum, self._count, self._behaviours.state()]

    def restore(self, state: list[Any]) -> None:
        """Take in what `state` gave."""
        best, self._sum, self._count, names = state
        self._best = -math.inf if best is None else best
        self._behaviours.restore(names)


def named(signature: str, worth: float | None) -> int:
    """Return 64 bits that name what a program did and what it was worth."""
    digest = hashlib.blake2b(f"{signature} {worth!r}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
