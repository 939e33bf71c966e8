"""Judging outside a run where programs ask models: the gateway beside the evaluator, its calls
counted and capped, and kept nowhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from cladogen.errors import ConfigError
from cladogen.evaluators.base import Evaluator
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.evaluators.tasks import TaskEvaluator
from cladogen.events import Observer
from cladogen.gateway.opening import access_in, make_gateway
from cladogen.ledger import Spend
from cladogen.models.calls import MemoryLog
from cladogen.problem import Problem
from cladogen.search.budget import Budget
from cladogen.session.evaluator import open_evaluator
from cladogen.settings import Settings


class ProgramCalls:
    """What programs asked of models: nothing where none may."""

    def __init__(self, budget: Budget | None = None) -> None:
        self._budget = budget

    @property
    def spend(self) -> Spend | None:
        return None if self._budget is None else self._budget.spend


@contextlib.asynccontextmanager
async def open_asking(
    problem: Problem, settings: Settings, name: str, observer: Observer
) -> AsyncIterator[tuple[Evaluator, str, ProgramCalls]]:
    """Start what judges programs, and what answers them where the problem lets them ask models;
    raises ConfigError where that and the settings do not agree.
    """
    if problem.models is not None and not settings.models:
        raise ConfigError(f"{problem.name}: its programs ask models; name one with --model")
    if problem.models is None and settings.models:
        raise ConfigError(
            f"{problem.name}: its programs ask no models; [models] in problem.toml lets them"
        )
    async with open_evaluator(problem, settings, name, observer) as (evaluator, where):
        if problem.models is None:
            yield evaluator, where, ProgramCalls()
            return
        assert isinstance(evaluator, ProblemEvaluator | TaskEvaluator)  # others run no candidate
        async with answering(problem, settings, observer, evaluator) as asked:
            yield evaluator, where, asked


@contextlib.asynccontextmanager
async def answering(
    problem: Problem,
    settings: Settings,
    observer: Observer,
    evaluator: ProblemEvaluator | TaskEvaluator,
) -> AsyncIterator[ProgramCalls]:
    """Answer programs that ask models, under the settings' caps, while an evaluator runs them."""
    assert problem.models is not None
    budget = Budget(settings.caps)
    gateway = make_gateway(
        problem,
        settings.models,
        settings.proposer_options,
        api_base=settings.api_base,
        log=MemoryLog(),
        budget=budget,
        notify=observer.notice,
        stopping=None,
    )
    try:
        await gateway.prepare(problem.models.evaluation)
        evaluator.give_models(access_in(gateway, problem))
        yield ProgramCalls(budget)
    finally:
        await gateway.close()
