"""Tune: move a program's numbers, many variants per sandbox start, and propose the best.

One child comes of it; the variants on the way are trials, which are counted and not recorded. A
program with many numbers is tuned a part at a time, each part once: when all have been tuned in
vain, that program is left alone.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import numpy as np

from cladogen.archives.base import Result
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.patch import make_diff
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.gain import parent_fitness
from cladogen.proposers.number_search import Number, Numbers, NumberSearch, Spot
from cladogen.proposers.offer import editable_files, room_for
from cladogen.proposers.syntax.lift import lift
from cladogen.task import Propose


class Tune:
    """Propose the parent with better numbers. ``variants`` is how many are tried at most,
    ``dimensions`` how many numbers move at once, ``patience`` how many generations may pass without
    a better one.
    """

    def __init__(
        self,
        problem: Problem,
        trials: Evaluator | None = None,
        budget: Ledger | None = None,
        *,
        variants: int = 96,
        dimensions: int = 12,
        patience: int = 4,
        sigma: float = 0.6,
    ) -> None:
        self.problem, self.trials = problem, trials
        self.budget, self.variants = budget, variants
        self.dimensions, self.patience, self.sigma = dimensions, patience, sigma
        self._begun: Counter[int] = Counter()  # parts tuned, by program

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return the best variant of the first parent, or why there is none."""
        began = time.perf_counter()
        number = task.parents[0]
        before = parent_fitness(record, (number,))
        proposal = Proposal(task.ticket, "tune", (number,), parent_fitness=before)
        if self.trials is None or before is None:
            return replace(proposal, reason="nothing to measure variants with")
        part, why = self._part(number, record.program(number))
        if not part.spots:
            return replace(proposal, reason=why)
        search = NumberSearch(part, before, self.sigma, rng)
        await self._search(search, self.trials, task.ticket)
        return _ended(proposal, search, time.perf_counter() - began)

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: the variant that was best on trial has been seen to run."""
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Remember that a part of the parent's numbers has been tuned."""
        if proposal.trials:
            self.tuned(proposal.parents[0])

    def tuned(self, number: int) -> None:
        """Remember that a part of a program's numbers has been tuned."""
        self._begun[number] += 1

    async def _search(self, search: NumberSearch, trials: Evaluator, ticket: int) -> None:
        room = room_for(ticket, self.variants, self.budget, trials)
        while search.stale < self.patience and self._has_time():
            variants = search.ask(room - search.tried)
            if not variants:
                return
            scores = await trials.trials(search.numbers.program, variants)
            search.tell([score.fitness for score in scores])

    def _has_time(self) -> bool:
        return self.budget is None or self.budget.seconds_left() != 0.0

    def _part(self, number: int, program: Program) -> tuple[Numbers, str]:
        """Return the part of a program's numbers whose turn it is, and why it is empty."""
        paths = editable_files(self.problem, program)
        files = {path: lift(path, program.text(path)) for path in paths}
        spots = [
            Spot(path, at, Number(*lifted.values[at]))
            for path, lifted in files.items()
            for at in range(len(lifted.values))
            if at not in lifted.held
        ]
        parts = -(-len(spots) // self.dimensions)
        if self._begun[number] >= parts:
            why = "its numbers have all been tuned" if spots else "no numbers to tune"
            return Numbers(program, files, ()), why
        # Parts are interleaved, and which comes first depends on the program.
        first = (number + self._begun[number]) % parts
        return Numbers(program, files, tuple(spots[first::parts])), ""


def _ended(proposal: Proposal, search: NumberSearch, seconds: float) -> Proposal:
    proposal = replace(proposal, seconds=seconds, trials=search.tried)
    if search.best is None:
        held = f"{search.free} of {len(search.numbers.spots)} numbers move freely"
        return replace(proposal, reason=f"none of {search.tried} variants is better; {held}")
    patch = make_diff(search.numbers.program, search.best)
    return replace(proposal, patch=patch, summary=search.summary())
