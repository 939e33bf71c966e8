"""How much of a run's memory a prompt shows: an arm of a bandit, as MemEvolve evolves the options
of a memory beside its entries.

While the run stands still, all arms are equally likely (exploration); otherwise an arm is likelier
the more the proposals that were shown so much have gained. A fold over proposals and results.
"""

from __future__ import annotations

import numpy as np

from cladogen.prompts.memory import AMOUNTS
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.bandit import Bandit
from cladogen.result import Result

STALE = 16  # proposals without a new best, from which on a run stands still


class MemoryArms:
    """The arms. Without ``learn`` there is one, the usual amount."""

    def __init__(self, *, learn: bool) -> None:
        self.learn = learn
        self.bandit = Bandit(tuple(AMOUNTS), thrift=0.0, prior=4.0)
        self._since, self._best = 0, float("-inf")

    @property
    def explores(self) -> bool:
        """Whether the run stands still."""
        return self._since >= STALE

    def choose(self, rng: np.random.Generator) -> str:
        """Return how much to show, "" for the usual amount where nothing is learnt."""
        if not self.learn:
            return ""
        if self.explores:
            return self.bandit.arms[int(rng.integers(len(self.bandit.arms)))]
        return self.bandit.choose(rng)

    def tell(self, proposal: Proposal, result: Result, gain: float) -> None:
        """Learn what a proposal gained that was shown so much."""
        if proposal.memory in AMOUNTS and not proposal.repairs:
            self.bandit.tell(proposal.memory, gain)
        fitness = result.fitness if result.outcome is Outcome.ACCEPTED else None
        if fitness is not None and fitness > self._best:
            self._best, self._since = fitness, 0
        else:
            self._since += 1
