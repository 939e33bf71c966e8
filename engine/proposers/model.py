"""Models propose the diffs: an operator makes the prompt, a model answers, the reply becomes a
patch or a reason.

A reply is on disk before it is read, under its ticket and round; when it is there already (a killed
run, a replay) nobody is asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.errors import ConfigError, ModelError
from cladogen.journal import once
from cladogen.ledger import Ledger, OverBudget, Unlimited
from cladogen.models.asking import Models
from cladogen.models.calls import AnsweredCall, CallLog, MemoryLog, ModelCall, Request, answer
from cladogen.models.limiter import Patience
from cladogen.models.model import Model
from cladogen.problem import Problem
from cladogen.prompts import operators
from cladogen.prompts.context import Context
from cladogen.prompts.disguise import NO_DISGUISE, Disguise
from cladogen.prompts.operators import PromptPlan
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Failed, Prompter
from cladogen.prompts.surroundings import NOTHING_KNOWN, Surroundings
from cladogen.proposal import Cost, Proposal
from cladogen.proposers.arms import Arms
from cladogen.proposers.base import Brief, Extras, Record, tell_each
from cladogen.proposers.call_price import check_priced, estimate_of, usual_usd
from cladogen.proposers.candidates import Screening
from cladogen.proposers.case_writer import CaseWriter
from cladogen.proposers.forms import Forms, asked_in, form_of, memory_of, wording_of
from cladogen.proposers.gain import Gains, parent_fitness
from cladogen.proposers.likeness import Likeness
from cladogen.proposers.memory_arms import MemoryArms
from cladogen.proposers.ranking import CandidateRanking
from cladogen.proposers.renewing import Renewing
from cladogen.proposers.replies import Replies
from cladogen.proposers.rounds import Rounds
from cladogen.proposers.surrogate import Surrogate
from cladogen.proposers.tries import Tries
from cladogen.proposers.wordings import Wordings
from cladogen.result import Result
from cladogen.state import put_back, state_of
from cladogen.task import Propose


def _check_named(named: Sequence[Model], options: ModelOptions) -> None:
    """Raise ConfigError where a model is missing."""
    if not named:
        raise ConfigError("proposer 'model': name a model with --model NAME")
    if options.repair_by_other and len(named) < 2:
        raise ConfigError(
            "proposer model: repair_by_other: there is one model; name another with --model"
        )


def _is_worded(plan: PromptPlan, operator: str) -> bool:
    """Whether the operator that was chosen is asked for, in a wording of its own."""
    return plan.operator == operator and plan.worded


class ModelProposer(Extras):
    """Propose by asking models. ``models`` are (name, weight) pairs; the other options are those of
    `ModelOptions`.
    """

    writes_first = True

    def __init__(
        self,
        problem: Problem,
        trials: Any = None,
        *,
        models: Sequence[tuple[str, float]] = (),
        api_base: str = "",
        budget: Ledger | None = None,
        calls: CallLog | None = None,
        notify: Callable[[str], None] = lambda text: None,
        patience: Patience | None = None,
        stopping: asyncio.Event | None = None,
        surroundings: Surroundings = NOTHING_KNOWN,
        **options: Any,
    ) -> None:
        self.problem, self.options = problem, ModelOptions.read(options)
        self.log = MemoryLog() if calls is None else calls
        named = self.options.models(models, api_base)
        _check_named(named, self.options)
        self._named = [[model.name, model.weight] for model in named]
        self.models = Models(
            named, self.log, budget or Unlimited(), fallbacks=self.options.fallbacks(api_base),
            patience=patience, notify=notify, stopping=stopping,
        )  # fmt: skip
        self.prompter = Prompter(problem, self.options, self.log, surroundings, self.models.budget)
        self._check_models(budget)
        odds = self.options.operator_odds(operators.ODDS)
        self.notes, self.gains, self.forms = self.prompter.notes, Gains(), Forms(problem)
        self.disguise = Disguise.of(problem) if self.options.obfuscate else NO_DISGUISE
        reveal = self.disguise.reveal
        self.tries = Tries(problem, self.prompter.texts, trials, budget, self.options.tries, reveal)
        own = self.options
        self.rounds = Rounds.read(own.temperatures, own.efforts, own.repairs, own.repair_by_other)
        self.arms = Arms(self.models, named, odds, self.options)
        self.wordings = Wordings(self.prompter.texts, odds, learn=self.options.learn)
        self.memory_arms = MemoryArms(learn=self.options.memory_learn)
        if self.options.evolve:
            self.wordings.recall(self.log)
        self.renewing = Renewing(
            self.log, self.models, self.prompter.texts, self.notes, self.wordings,
            self.options.notes_every, self.options.evolve, self._ask, self.arms.nobody_left,
        )  # fmt: skip
        self.replies = Replies(
            problem, self.models, self.log, Likeness(problem, self.models, self.options),
            Screening(problem, trials, budget, self._ranking()), self.options.candidates,
            reveal,
        )  # fmt: skip

    def _check_models(self, budget: Ledger | None) -> None:
        """Raise ConfigError for a model that no prompt fits into, or whose price must be known and
        is not.
        """
        for model in self.models.models.values():
            self.prompter.check_fits(model)
        embedder = self.options.embedder(self.models)
        asked = (*self.models.models.values(), embedder)
        check_priced(budget, (model for model in asked if model is not None))

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Ask a model for a child of the task's parents."""
        known = answer(self.log, task.ticket, 0)
        if known is None and (nobody := self.arms.nobody_left()):
            return Proposal(task.ticket, "diff", task.parents, reason=nobody)
        context = self.prompter.context(record)
        renewed = await self.renewing.renew_notes(task.ticket, context)
        await self.renewing.evolve_wordings(task.ticket, context)
        if known is not None:
            asked = known.request
            wording, form, memory = wording_of(asked), form_of(asked), memory_of(asked)
            plan = self._plan(asked.purpose, wording, task, context, rng)
            model = self.models.models[asked.model]
        else:
            model = self.arms.model(rng)
            operator = self.arms.operator(task, context, rng)
            wording = self.wordings.choose(operator, rng)
            plan = self._plan(operator, wording, task, context, rng)
            wording = wording if _is_worded(plan, operator) else ""
            form = self.forms.first(model, self.prompter.form_for(plan, context, model))
            memory = self.memory_arms.choose(rng)
        plan = replace(plan, memory=memory) if memory else plan
        blank = Proposal(
            task.ticket, plan.operator, plan.parents, model=model.name, form=form, renewed=renewed,
            parent_fitness=parent_fitness(record, plan.parents), wording=wording,
            memory=memory,
        )  # fmt: skip

        async def made() -> ModelCall | str:
            messages = self.prompter.messages(plan, context, model, form)
            tools = self.tries.tools(model.name, plan.operator)
            facts = asked_in(form, wording, self.rounds.sampling(0), tools, memory)
            return await self._ask(
                Request(task.ticket, 0, plan.operator, model.name, messages, facts)
            )

        call = await once(AnsweredCall(self.log, task.ticket, 0), made)
        call, tried = await self.tries.answered(call, blank, context, self._ask)
        proposal = await self.replies.read(blank, call, record)
        return replace(proposal, trials=proposal.trials + tried) if tried else proposal

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Ask the same model again: for a patch that applies, or for the cause of a child's
        failure.
        """
        known = answer(self.log, proposal.ticket, proposal.repairs + 1)
        about = Failed.of(proposal, failure)
        if known is None and not self._may_repair(proposal, about):
            return None
        name = known.request.model if known is not None else self._repairer(proposal)
        model = self.models.models[name]
        usual = self.prompter.repair_form(about)
        form = (
            self.forms.repair(model, proposal, usual) if known is None else form_of(known.request)
        )
        parents = proposal.parents if about.status is None else (failure.program or 0,)
        again = replace(
            proposal, operator="repair", parents=parents, repairs=proposal.repairs + 1, form=form,
            patch="", code="", reason="", reply="", cost=Cost(), expectation=None, renewed=False,
            trials=0, model=name,
        )  # fmt: skip

        async def made() -> ModelCall | str:
            context = self.prompter.context(record)
            messages = self.prompter.repair_messages(about, again, context, model)
            facts = asked_in(form, sampling=self.rounds.sampling(again.repairs))
            return await self._ask(
                Request(proposal.ticket, again.repairs, "repair", model.name, messages, facts)
            )

        call = await once(AnsweredCall(self.log, proposal.ticket, again.repairs), made)
        return await self.replies.read(again, call, record)

    def _may_repair(self, proposal: Proposal, about: Failed) -> bool:
        """Whether a model is left to ask, and it is worth asking."""
        if not self.arms.may_repair(proposal.model):
            return False
        return self.rounds.worth(proposal.code, about.status, proposal.repairs)

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn from what came of a proposal."""
        if proposal.model not in self.models.models:
            return
        gain = self.gains.of(proposal, result)
        self.forms.rates.tell(proposal)
        self.notes.tell(proposal, result)
        self.wordings.tell(proposal, gain)
        self.memory_arms.tell(proposal, result, gain)
        self.arms.tell(proposal, result, gain)

    def tell_all(self, results: Sequence[Brief]) -> None:
        """Learn from recorded results, whose texts need not be read."""
        tell_each(self, results, texts=False)

    def built_with(self) -> Any:
        """Return the options, and the models named with their weights."""
        return [repr(self.options), self._named]

    def state(self) -> Any:
        """Return what was learnt."""
        return [*map(state_of, self._learnt()), sorted(self.tries.worded)]

    def restore(self, state: Any) -> None:
        """Take in what `state` gave."""
        *parts, worded = state
        for part, its in zip(self._learnt(), parts, strict=True):
            put_back(part, its)
        self.tries.worded.update(worded)

    def _learnt(self) -> tuple[object, ...]:
        """Return the parts that learn from results."""
        forms = self.forms.rates
        return self.gains, forms, self.notes, self.wordings, self.memory_arms, self.arms

    def case_writer(self) -> CaseWriter | None:
        """Return what has one of the models write case generators, where ``cases`` lets it."""
        if not self.options.cases:
            return None
        return CaseWriter(
            self.problem, self.log, self.models, self.prompter.texts, self.options.cases,
            self._ask, self.arms.nobody_left, self.disguise.reveal,
        )  # fmt: skip

    async def prepare(self) -> None:
        """Find out, before anything is spent, whether the models can be asked."""
        await self.models.prepare()

    def warm(self) -> None:
        """Begin to import what calls need, beside whatever else goes on."""
        self.models.warm()

    def estimate(self) -> list[str]:
        """Return what a call costs at most, for each model, before anything is spent."""
        return [estimate_of(model, self.options.context) for model in self.models.models.values()]

    def call_usd(self) -> float | None:
        """Return what a usual call costs on average over the models; None when a price is not
        known.
        """
        return usual_usd(self.models.models.values())

    async def close(self) -> None:
        """Close the connections to the models' servers."""
        await self.models.close()

    def _ranking(self) -> CandidateRanking | None:
        """Return what ranks candidates; None: their first look does."""
        if self.options.rank == "look":
            return None
        surrogate = Surrogate(self.problem)
        return CandidateRanking(
            self.problem, self.options.rank, self.prompter.texts, self.log, surrogate, self._ask
        )

    def _repairer(self, proposal: Proposal) -> str:
        """Return who is asked to repair a proposal."""
        return self.rounds.repairer(proposal.model, proposal.repairs, self.arms.living())

    def _plan(
        self,
        operator: str,
        wording: str,
        task: Propose,
        context: Context,
        rng: np.random.Generator,
    ) -> PromptPlan:
        texts = self.prompter.texts
        if wording not in ("", "1"):  # the first may be written anew while a run goes on
            texts = texts.having(f"operator_{operator}", self.wordings.text(operator, wording))
        return operators.plan(operator, task, context, texts, rng)

    async def _ask(self, request: Request) -> ModelCall | str:
        """Ask; return the call, or why there is none."""
        if self.disguise is not NO_DISGUISE:
            hide = self.disguise.hide
            shown = tuple(replace(each, text=hide(each.text)) for each in request.messages)
            request = replace(request, messages=shown)
        try:
            return await self.models.ask(request)
        except (OverBudget, ModelError) as stop:
            return str(stop)
