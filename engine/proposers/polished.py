"""Polished: models propose, and constant tuning polishes what promises much, between their calls
and for no tokens.

A program is polished once, when it is among the best few and came from a model (or is a seed), and
only when enough replies have come in since the last time: who names a model wants it asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.models.calls import CallLog
from cladogen.problem import Problem
from cladogen.prompts.surroundings import NOTHING_KNOWN, Surroundings
from cladogen.proposal import Proposal
from cladogen.proposers.base import Extras, Record
from cladogen.proposers.model import ModelProposer
from cladogen.proposers.tune import Tune
from cladogen.task import Propose

REPLIES = 5  # to a model's proposals, for each polishing


class Polished(Extras):
    """A model's proposals, tuned. ``polish`` is how many of the best programs are polished; "0":
    none.

    ``trials_each`` bounds the variants that one tuning tries. Everything else goes to
    `ModelProposer`.
    """

    def __init__(
        self,
        problem: Problem,
        trials: Evaluator | None = None,
        *,
        models: Sequence[tuple[str, float]] = (),
        api_base: str = "",
        budget: Ledger | None = None,
        calls: CallLog | None = None,
        notify: Callable[[str], None] = lambda text: None,
        stopping: asyncio.Event | None = None,
        surroundings: Surroundings = NOTHING_KNOWN,
        polish: int | str = 3,
        trials_each: int | str = 48,
        **options: Any,
    ) -> None:
        self.model = ModelProposer(
            problem,
            trials,
            models=models,
            api_base=api_base,
            budget=budget,
            calls=calls,
            notify=notify,
            stopping=stopping,
            surroundings=surroundings,
            **options,
        )
        self._best = int(polish)
        self._tune = (
            Tune(problem, trials, budget, variants=int(trials_each))
            if trials is not None and self._best
            else None
        )
        self._begun: set[int] = set()  # programs that are not polished again
        self._replies = 0  # since the last polishing
        self._charged: set[int] = set()  # tickets whose polishing is taken off already

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Polish the parent where it deserves it and was not polished yet; else, or in vain, ask a
        model.
        """
        spent = 0
        if self._tune is not None and self._deserves(task, record):
            self._begin(task.ticket, task.parents)
            polished = await self._tune.propose(task, record, rng)
            if polished.patch:
                return polished
            spent = polished.trials
        proposal = await self.model.propose(task, record, rng)
        return replace(
            proposal,
            trials=proposal.trials + spent,
            in_vain="tune" if spent else "",
        )

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Let the model repair what a model made."""
        return await self.model.repair(proposal, failure, record, rng) if proposal.model else None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Note what was polished, and let the model learn."""
        if not proposal.model or proposal.in_vain:
            self._begin(proposal.ticket, proposal.parents)
            self._charged.discard(proposal.ticket)
        if not proposal.model and result.program is not None:
            self._begun.add(result.program)
        self._replies += bool(proposal.model)
        self.model.tell(proposal, result)

    async def prepare(self) -> None:
        """Find out whether the models can be asked."""
        await self.model.prepare()

    def warm(self) -> None:
        """Begin to import what calls need."""
        self.model.warm()

    def estimate(self) -> list[str]:
        """Return what a call costs at most."""
        return self.model.estimate()

    def call_usd(self) -> float | None:
        """Return what a usual call costs."""
        return self.model.call_usd()

    async def close(self) -> None:
        """Close the models' connections."""
        await self.model.close()

    def _begin(self, ticket: int, parents: tuple[int, ...]) -> None:
        """Take a polishing off once: when it begins, or when a resumed run is told of it."""
        self._begun.update(parents[:1])
        if ticket not in self._charged:
            self._charged.add(ticket)
            self._replies -= REPLIES

    def _deserves(self, task: Propose, record: Record) -> bool:
        parent = task.parents[0]
        return (
            len(task.parents) == 1
            and self._replies >= REPLIES
            and parent not in self._begun
            and parent in record.best(self._best)
        )
