"""Smoke: run children of one parent on one cheap case before any of them is ranked.

A child that cannot be imported, or fails on the first case of the first stage, is out (SelfPiCo's
partial execution; Satori-SWE, arXiv:2505.23604). All run in one sandbox start where the evaluator
can have that, and count as trials, in shares of a whole one.
"""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.evaluation import Status
from cladogen.evaluators.base import Evaluator, Smoking
from cladogen.ledger import Ledger
from cladogen.problem import Problem
from cladogen.program import Program


class Smoke:
    """Tells which children run at all. With ``trials`` that cannot, nobody looks, and all do."""

    def __init__(self, problem: Problem, trials: Evaluator | None, budget: Ledger | None) -> None:
        self._problem, self._trials, self._budget = problem, trials, budget

    async def runs(
        self, parent: Program, children: Sequence[Program], ticket: int
    ) -> tuple[list[bool], int]:
        """Return for each child whether it runs, and how many trials that took. Those for which no
        evaluation is left count as running.
        """
        trials = self._trials
        if not isinstance(trials, Smoking) or not children:
            return [True] * len(children), 0
        width = len(trials.train)
        wanted = -(-len(children) // width)
        if self._budget is not None:
            wanted = self._budget.reserve_trials(ticket, wanted, width)
        looked_at = children[: wanted * width]
        found = await trials.smoke(parent, looked_at, self._case(trials.train)) if looked_at else ()
        good = [each in (Status.OK, Status.INFRA) for each in found]
        return good + [True] * (len(children) - len(good)), wanted

    def _case(self, train: Sequence[str]) -> str:
        stages = self._problem.stages
        return stages[0].cases[0] if stages else train[0]
