"""Offline: what `evolve run` uses without a model. Mutation, tuning and shortening, whichever has been gaining.

A bandit shares the turns out by gain per evaluation: a tuning costs as many evaluations as it tried variants. Every
arm's first word of `Proposal.operator` names it, so that a resumed run learns the same from the same record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.bandit import Bandit
from cladogen.evaluators.base import Evaluator
from cladogen.problem import Problem
from cladogen.proposal import Proposal
from cladogen.proposers.base import Proposer, Record
from cladogen.proposers.gain import Gains
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.tune import Tune
from cladogen.task import Propose

TRIAL = 0.5  # what a variant on trial costs next to an evaluation that is recorded


class Offline:
    """Mutate and tune by turns that a bandit shares out.

    ``mutate`` and ``tune`` are options of those proposers, ``weights`` the odds of the two to begin with.
    """

    def __init__(
        self,
        problem: Problem,
        trials: Evaluator | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        learn: bool = True,
        mutate: Mapping[str, Any] | None = None,
        tune: Mapping[str, Any] | None = None,
    ) -> None:
        self._mutate = Mutate(problem, trials, **(mutate or {}))
        self._arms: dict[str, Proposer] = {"mutate": self._mutate}
        if trials is not None:
            self._arms["tune"] = Tune(problem, trials, **(tune or {}))
        odds = {arm: weight for arm, weight in (weights or {"mutate": 1.0, "tune": 0.02}).items() if arm in self._arms}
        self.bandit = Bandit(tuple(self._arms), weights=odds, learn=learn, floor=0.5)
        self.gains = Gains()

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Let the arm whose turn it is answer; where it has nothing to say, mutation does."""
        arm = task.hint if task.hint in self._arms else self.bandit.choose(rng)
        proposal = await self._arms[arm].propose(task, record, rng)
        if not proposal.patch and arm != "mutate":
            spent = proposal.trials
            proposal = await self._mutate.propose(task, record, rng)
            return replace(proposal, trials=spent)
        return proposal

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: another child costs as little."""
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn which arm gains, and let it learn."""
        arm = proposal.operator if proposal.operator in self._arms else "mutate"
        self.bandit.tell(arm, self.gains.of(proposal, result), 1.0 + TRIAL * proposal.trials)
        self._arms[arm].tell(proposal, result)
