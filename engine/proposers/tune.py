"""Tune: move a program's numbers, many variants per sandbox start, and propose the best.

One child comes of it; the variants on the way are trials, which are counted and not recorded. A
program with many numbers is tuned a part at a time, each part once: when all have been tuned in
vain, that program is left alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.patching.strict import make_diff
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.gain import parent_fitness, trial_fitness
from cladogen.proposers.number_search import Number, Numbers, NumberSearch, Spot
from cladogen.proposers.offer import editable_files, trials_allowed
from cladogen.proposers.syntax.lift import Lifted, lift
from cladogen.proposers.time_share import TimeShare
from cladogen.task import Propose


class Tune:
    """Propose the parent with better numbers. ``variants`` is how many are tried at most,
    ``dimensions`` how many numbers move at once, ``patience`` how many generations may pass without
    a better one. ``share`` bounds the time that all tunings take, of the time since the first
    call; the first `FREE_S` seconds (`time_share`) are not counted.
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
        share: float = 1.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.problem, self.trials = problem, trials
        self.budget, self.variants = budget, variants
        self.dimensions, self.patience, self.sigma = dimensions, patience, sigma
        self._begun: Counter[int] = Counter()  # parts tuned, by program
        self._clock = TimeShare(share, now)

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return the best variant of the first parent, or why there is none."""
        began = time.perf_counter()
        proposal, search = self.search_of(task.parents[0], record, rng)
        proposal = replace(proposal, ticket=task.ticket)
        if search is None:
            return proposal
        with self._clock.running():
            await self._search(search, task.ticket)
        seconds = time.perf_counter() - began
        return replace(self.ended(proposal, search), seconds=seconds, trials=search.tried)

    def search_of(
        self, number: int, record: Record, rng: np.random.Generator
    ) -> tuple[Proposal, NumberSearch | None]:
        """Return the proposal that is to come of a program's numbers, and the search over them;
        where there is none, the proposal says why.
        """
        before = parent_fitness(record, (number,))
        proposal = Proposal(0, "tune", (number,), parent_fitness=before)
        bar = trial_fitness(self.problem, record, number)
        if self.trials is None or bar is None:
            return replace(proposal, reason="nothing to measure variants with"), None
        part, why = self._part(number, record.program(number))
        if not part.spots:
            return replace(proposal, reason=why), None
        return proposal, NumberSearch(part, bar, self.sigma, rng)

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

    def state(self) -> Any:
        """Return which programs were tuned, and how often."""
        return sorted(self._begun.items())

    def restore(self, state: Any) -> None:
        """Take in what `state` gave."""
        self._begun = Counter(dict(state))

    async def _search(self, search: NumberSearch, ticket: int) -> None:
        allowed = self.allowed(ticket, self.variants)
        while search.stale < self.patience and self.has_time():
            variants = search.ask(allowed - search.tried)
            if not variants:
                return
            search.tell(await self.measured(search, variants))

    def allowed(self, ticket: int, variants: int) -> int:
        """Return how many variants a task may try, of so many more."""
        return trials_allowed(ticket, variants, self.budget, self.trials)

    async def measured(self, search: NumberSearch, piece: list[Program]) -> list[float | None]:
        """Measure variants, within the share of the time; return their fitness."""
        assert self.trials is not None
        with self._clock.running():
            scores = await self.trials.trials(search.numbers.program, piece)
        return [score.fitness for score in scores]

    def has_time(self) -> bool:
        """Tell whether there is time for another generation of variants."""
        ended = self.budget is not None and self.budget.seconds_left() == 0.0
        return not ended and self._clock.is_left()

    def ended(self, proposal: Proposal, search: NumberSearch) -> Proposal:
        """Return the proposal with what a search came to."""
        if search.best is None:
            held = f"{search.free} of {len(search.numbers.spots)} numbers move freely"
            return replace(proposal, reason=f"none of {search.tried} variants is better; {held}")
        patch = make_diff(search.numbers.program, search.best)
        return replace(proposal, patch=patch, summary=search.summary())

    def _part(self, number: int, program: Program) -> tuple[Numbers, str]:
        """Return the part of a program's numbers whose turn it is, and why it is empty."""
        paths = editable_files(self.problem, program)
        files = {path: lift(path, program.text(path)) for path in paths}
        spots = _spots(files)
        parts = -(-len(spots) // self.dimensions)
        if self._begun[number] >= parts:
            why = "its numbers have all been tuned" if spots else "no numbers to tune"
            return Numbers(program, files, ()), why
        # Parts are interleaved, and which comes first depends on the program.
        first = (number + self._begun[number]) % parts
        return Numbers(program, files, tuple(spots[first::parts])), ""


def _spots(files: Mapping[str, Lifted]) -> list[Spot]:
    """Return where the numbers of files stand, without those that are held."""
    return [
        Spot(path, at, Number(*lifted.values[at]))
        for path, lifted in files.items()
        for at in range(len(lifted.values))
        if at not in lifted.held
    ]
