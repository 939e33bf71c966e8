"""Polished: models propose, and constant tuning polishes what promises much, beside their calls and
for no tokens.

A program is polished once, when it is among the best few and came from a model (or is a seed), and
only when enough replies have come in since the last time: a model that is named is asked. What
it comes to is handed in by the next task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from copy import deepcopy
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
from cladogen.proposers.base import (
    Brief,
    Extras,
    Record,
    built_with,
    give_back,
    kept,
    tell_each,
)
from cladogen.proposers.beside import Beside
from cladogen.proposers.case_writer import CaseWriter
from cladogen.proposers.model import ModelProposer
from cladogen.proposers.tune import Tune
from cladogen.task import Propose

REPLIES = 5  # to a model's proposals, for each polishing
SHARE = 0.2  # of the wall clock that polishing may take


class Polished(Extras):
    """A model's proposals, tuned. ``polish`` is how many of the best programs are polished; "0":
    none.

    ``trials_each`` bounds the variants that one tuning tries. Everything else goes to
    `ModelProposer`.
    """

    writes_first = True

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
        self._beside: Beside | None = None
        if trials is not None and self._best:
            tune = Tune(problem, trials, budget, variants=int(trials_each), share=SHARE)
            self._beside = Beside(tune)
        self._begun: set[int] = set()  # programs that are not polished again
        self._replies = 0  # since the last polishing

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Hand in what was polished; else ask a model, and polish one of the best beside it."""
        beside = self._beside
        if beside is None:
            return await self.model.propose(task, record, rng)
        if (polished := beside.hand_in(task.ticket)) is not None:
            return polished
        self._begin_next(beside, record, rng)
        number = beside.number
        asked = self.model.propose(task, record, rng)
        proposal, spent = await beside.during(task.ticket, asked)
        if not spent.trials:
            return proposal
        return replace(
            proposal, trials=proposal.trials + spent.trials, in_vain="tune", vain_s=spent.seconds,
            beside=number,
        )  # fmt: skip

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Let the model repair what a model made."""
        return await self.model.repair(proposal, failure, record, rng) if proposal.model else None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Note what was polished, and let the model learn."""
        if proposal.beside is not None:
            self._begin(proposal.beside)
        if proposal.operator == "tune":
            self._begin(proposal.parents[0])
            self._begun.update(() if result.program is None else (result.program,))
        self._replies += bool(proposal.model)
        self.model.tell(proposal, result)

    def tell_all(self, results: Sequence[Brief]) -> None:
        """Learn from recorded results, whose texts need not be read."""
        tell_each(self, results, texts=False)

    def built_with(self) -> Any:
        """Return what the model's proposer is built with, and how much is polished."""
        return [built_with(self.model), self._best, self._beside is not None]

    def state(self) -> Any:
        """Return what was learnt. What is being polished, or was and is not handed in yet, is to be
        polished again.
        """
        hand = self._begun & self._in_hand()
        return [kept(self.model), sorted(self._begun - hand), self._replies + REPLIES * len(hand)]

    def restore(self, state: Any) -> None:
        """Take in what `state` gave."""
        model, begun, self._replies = state
        give_back(self.model, model)
        self._begun = set(begun)

    def _in_hand(self) -> set[int]:
        """Return the programs whose polishing is not handed in."""
        beside = self._beside
        if beside is None:
            return set()
        ready = () if beside.ready is None else beside.ready.parents[:1]
        return {*ready, *(() if beside.number is None else (beside.number,))}

    async def prepare(self) -> None:
        """Find out whether the models can be asked."""
        await self.model.prepare()

    def warm(self) -> None:
        """Begin to import what calls need."""
        self.model.warm()

    def estimate(self) -> list[str]:
        """Return what a call costs at most."""
        return self.model.estimate()

    def case_writer(self) -> CaseWriter | None:
        """Return what has a model write case generators."""
        return self.model.case_writer()

    def call_usd(self) -> float | None:
        """Return what a usual call costs."""
        return self.model.call_usd()

    async def close(self) -> None:
        """Close the models' connections."""
        await self.model.close()

    def _begin(self, number: int) -> None:
        """Take a polishing off once: when it begins, or when a resumed run is told of it."""
        if number not in self._begun:
            self._begun.add(number)
            self._replies -= REPLIES

    def _begin_next(self, beside: Beside, record: Record, rng: np.random.Generator) -> None:
        """Begin to polish the best program that deserves it, where its turn has come. What a model
        is asked draws as if nothing was polished.
        """
        if beside.number is not None or self._replies < REPLIES or not beside.tune.has_time():
            return
        for number in record.best(self._best):
            if number not in self._begun:
                if beside.begin(number, record, deepcopy(rng)):
                    self._begin(number)
                    return
                self._begun.add(number)
