"""Which operator asks, and which model is asked: bandits on gain per dollar (ShinkaEvolve,
arXiv:2509.19349), and whether a repair is worth its call.
"""

from __future__ import annotations

import numpy as np

from cladogen.archives.pace import pace
from cladogen.errors import ModelError
from cladogen.evaluation import Status
from cladogen.ledger import Stop
from cladogen.models.asking import Models
from cladogen.models.model import Model
from cladogen.prompts import operators
from cladogen.prompts.context import Context
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.progress import since_best
from cladogen.prompts.prompter import status_of
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.bandit import Bandit
from cladogen.result import Result
from cladogen.task import Propose

REPAIRS_TRIED = 12  # repairs, before they are judged
REPAIRS_WORTH = 0.08  # of them must have helped, or no more are made


class Arms:
    """The operators of ``odds`` and the models named, chosen by what they gained. A fold over
    proposals and results.
    """

    NOT_STATE = ("models", "_odds")

    def __init__(
        self, models: Models, named: list[Model], odds: dict[str, float], options: ModelOptions
    ) -> None:
        self.models, self._odds = models, odds
        self.operators = Bandit(tuple(odds), weights=odds, learn=options.learn, thrift=0.5)
        weights = {model.name: model.weight for model in named}
        self.choice = Bandit(tuple(weights), weights=weights, learn=options.learn)
        self._repairs, self._repaired = 0, 0

    def tell(self, proposal: Proposal, result: Result, gain: float) -> None:
        """Learn what a proposal gained at its cost."""
        cost = self._cost(proposal)
        self.operators.tell(proposal.operator, gain, cost)
        if result.outcome not in (Outcome.INFRA, Outcome.ABANDONED):
            self.choice.tell(proposal.model, gain, cost, useful=bool(proposal.patch))
        if proposal.repairs:
            helped = result.outcome is Outcome.ACCEPTED and status_of(result) is Status.OK
            self._repairs += 1
            self._repaired += helped

    def model(self, rng: np.random.Generator) -> Model:
        """Return the model to ask next; raises ModelError when none answers."""
        return self.models.models[self.choice.choose(rng, self.models.usable())]

    def operator(self, task: Propose, context: Context, rng: np.random.Generator) -> str:
        """Return the operator for a task, the one it asks for where it does."""
        if task.hint == operators.FIRST:
            return operators.FIRST
        if task.hint in self.operators.arms:
            return task.hint
        patience = pace(self.models.budget.proposals_expected).patience
        stagnant = since_best(context) >= patience
        can = operators.possible(task, context, stagnant, self._odds)
        among = [name for name in can if name in self.operators.arms]
        return self.operators.choose(rng, among) if among else "diff"

    def nobody_left(self) -> str:
        """Return why no model can be asked any more, and end the run with that; "" while one
        can.
        """
        try:
            self.models.usable()
        except ModelError as error:
            self.models.budget.halt(Stop("failing", str(error)))
            return str(error)
        return ""

    def living(self) -> list[str]:
        """Return the models that can be asked and answer something of use."""
        return [name for name in self.models.usable() if not self.choice.dead(name)]

    def may_repair(self, model: str) -> bool:
        """Tell whether a repair is worth asking this model for."""
        return self._worth_repairing() and self._answers(model)

    def _answers(self, name: str) -> bool:
        """Tell whether a model can be asked again; one that answers nothing of use is left."""
        if self.nobody_left():
            return False
        return name in self.models.usable() and not self.choice.dead(name)

    def _worth_repairing(self) -> bool:
        return self._repairs < REPAIRS_TRIED or self._repaired >= REPAIRS_WORTH * self._repairs

    def _cost(self, proposal: Proposal) -> float | None:
        """Return a proposal's cost in one unit for the whole run: dollars, or tokens when a model
        has no price.
        """
        if self.models.all_priced():
            return proposal.cost.usd
        return float(proposal.cost.prompt_tokens + 4 * proposal.cost.completion_tokens)
