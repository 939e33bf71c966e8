"""Models propose the diffs: an operator makes the prompt, a model answers, the reply becomes a
patch or a reason.

Operator and model are chosen by bandits on gain per dollar (ShinkaEvolve, arXiv:2509.19349). A
reply is on disk before it is read, under its ticket and round; when it is there already (a killed
run, a replay) nobody is asked again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.archives.pace import pace
from cladogen.errors import ConfigError, ModelError, PatchRefused
from cladogen.evaluation import Status
from cladogen.expected import CALL_PROMPT, CALL_REPLY
from cladogen.ledger import UNPRICED, Ledger, OverBudget, Stop, Unlimited
from cladogen.models.asking import Models
from cladogen.models.calls import (
    CallLog,
    CallStatus,
    MemoryLog,
    Message,
    ModelCall,
    Request,
    answer,
    spent,
)
from cladogen.models.endings import Ending, ending_of
from cladogen.models.limiter import Patience
from cladogen.models.model import Model
from cladogen.models.prices import price_of
from cladogen.models.routes import COMMAND
from cladogen.problem import Problem
from cladogen.program import Program, matches
from cladogen.prompts import operators
from cladogen.prompts.context import Context
from cladogen.prompts.notes_interval import interval
from cladogen.prompts.operators import Plan
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Failed, Prompter
from cladogen.prompts.reading import CUT, read_reply
from cladogen.prompts.surroundings import NOTHING_KNOWN, Surroundings
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.proposers.bandit import Bandit
from cladogen.proposers.base import Extras, Record
from cladogen.proposers.candidates import Screening, pieces
from cladogen.proposers.format_rates import FormatRates
from cladogen.proposers.gain import Gains, parent_fitness
from cladogen.proposers.likeness import Likeness
from cladogen.task import Propose

REPAIRS_WORTH, REPAIRS_TRIED = (
    0.08,
    12,
)  # repairing is left when, after so many tries, fewer than this share helped


class ModelProposer(Extras):
    """Propose by asking models. ``models`` are (name, weight) pairs; the other options are those of
    `ModelOptions`.
    """

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
        if not named:
            raise ConfigError("proposer 'model': name a model with --model NAME")
        self.models = Models(
            named, self.log, budget or Unlimited(), fallbacks=self.options.fallbacks(api_base),
            patience=patience, notify=notify, stopping=stopping,
        )  # fmt: skip
        self.prompter = Prompter(problem, self.options, self.log, surroundings)
        for model in self.models.models.values():
            self.prompter.check_fits(model)
        self._check_prices(budget)
        self.notes, self.formats, self.gains = self.prompter.notes, FormatRates(), Gains()
        self.screening = Screening(problem, trials, budget)
        self.likeness = Likeness(problem, self.models, self.options)
        odds = self.options.operator_odds(operators.ODDS)
        learn = self.options.learn
        self.operators = Bandit(tuple(odds), weights=odds, learn=learn, thrift=0.5)
        self.choice = Bandit(
            [m.name for m in named], weights={m.name: m.weight for m in named}, learn=learn
        )
        self._since_best, self._best = 0, -np.inf
        self._repairs, self._repaired = 0, 0
        self._notify = notify

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Ask a model for a child of the task's parents."""
        known = answer(self.log, task.ticket, 0)
        if known is None and (nobody := self._nobody_left()):
            return Proposal(task.ticket, "diff", task.parents, reason=nobody)
        context = self.prompter.context(record)
        renewed = await self._renew_notes(task.ticket, context)
        if known is not None:
            plan = self._plan(known.request.purpose, task, context, rng)
            model, form = self.models.models[known.request.model], _form_of(known.request)
        else:
            model = self._choose_model(rng)
            plan = self._plan(self._choose_operator(task, context, rng), task, context, rng)
            form = self._form(model, self.prompter.form_for(plan, context, model))
        blank = Proposal(
            task.ticket, plan.operator, plan.parents, model=model.name, form=form, renewed=renewed,
            parent_fitness=parent_fitness(record, plan.parents),
        )  # fmt: skip
        call: ModelCall | str | None = known
        if call is None:
            messages = self.prompter.messages(plan, context, model, form)
            call = await self._ask(
                Request(task.ticket, 0, plan.operator, model.name, messages, _asked(form))
            )
        return await self._read(blank, call, record)

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Ask the same model again: for a patch that applies, or for the cause of a child's
        failure.
        """
        known = answer(self.log, proposal.ticket, proposal.repairs + 1)
        if known is None and (not self._worth_repairing() or not self._answers(proposal.model)):
            return None
        ran = failure.outcome is Outcome.ACCEPTED and failure.program is not None
        status = (
            failure.score.status if failure.score is not None else _status(failure) if ran else None
        )
        model = (
            self.models.models[proposal.model]
            if known is None
            else self.models.models[known.request.model]
        )
        form = self._repair_form(model, proposal) if known is None else _form_of(known.request)
        parents = (failure.program,) if ran and failure.program is not None else proposal.parents
        again = replace(
            proposal, operator="repair", parents=parents, repairs=proposal.repairs + 1, form=form,
            patch="", code="", reason="", reply="", cost=Cost(), expectation=None, renewed=False,
            trials=0,
        )  # fmt: skip
        call: ModelCall | str | None = known
        if call is None:
            about = Failed(proposal, failure, status)
            messages = self.prompter.repair_messages(
                about, again, self.prompter.context(record), model
            )
            call = await self._ask(
                Request(
                    proposal.ticket, again.repairs, "repair", model.name, messages, _asked(form)
                )
            )
        return await self._read(again, call, record)

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn from what came of a proposal."""
        if proposal.model not in self.models.models:
            return
        gain = self.gains.of(proposal, result)
        self.formats.tell(proposal)
        self.notes.tell(proposal, result)
        cost = self._cost(proposal)
        self.operators.tell(proposal.operator, gain, cost)
        if result.outcome not in (Outcome.INFRA, Outcome.ABANDONED):
            self.choice.tell(proposal.model, gain, cost, useful=bool(proposal.patch))
        if proposal.repairs:
            self._repairs += 1
            self._repaired += result.outcome is Outcome.ACCEPTED and _status(result) is Status.OK
        fitness = result.score.fitness if result.score is not None else None
        better = fitness is not None and fitness > self._best
        self._since_best = 0 if better else self._since_best + 1
        self._best = fitness if better and fitness is not None else self._best

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
        prices = [price_of(model) for model in self.models.models.values()]
        costs = [price.usd(CALL_PROMPT, CALL_REPLY) for price in prices if price is not None]
        return sum(costs) / len(costs) if costs and len(costs) == len(prices) else None

    async def close(self) -> None:
        """Close the connections to the models' servers."""
        await self.models.close()

    def _check_prices(self, budget: Ledger | None) -> None:
        """Raise ConfigError for a cap in dollars that meets a model without a price, before a seed
        is measured.
        """
        if budget is None or budget.caps.usd is None:
            return
        embedder = self.options.embedder(self.models)
        for model in (*self.models.models.values(), *((embedder,) if embedder else ())):
            if price_of(model) is None:
                raise ConfigError(f"model {model.name}: {UNPRICED}")

    # -- choices

    def _choose_model(self, rng: np.random.Generator) -> Model:
        return self.models.models[self.choice.choose(rng, self.models.usable())]

    def _choose_operator(self, task: Propose, context: Context, rng: np.random.Generator) -> str:
        if task.hint in self.operators.arms:
            return task.hint
        patience = pace(self.models.budget.proposals_expected).patience
        can = operators.possible(task, context, self._since_best >= patience)
        among = [name for name in can if name in self.operators.arms]
        return self.operators.choose(rng, among) if among else "diff"

    def _plan(
        self, operator: str, task: Propose, context: Context, rng: np.random.Generator
    ) -> Plan:
        return operators.plan(operator, task, context, self.prompter.texts, rng)

    def _nobody_left(self) -> str:
        """Return why no model can be asked any more, and end the run with that; "" while one
        can.
        """
        try:
            self.models.usable()
        except ModelError as error:
            self.models.budget.halt(Stop("failing", str(error)))
            return str(error)
        return ""

    def _form(self, model: Model, form: str) -> str:
        """Return the form to ask for: a model whose diffs rarely apply gives whole files."""
        rarely = self.formats.rarely_applies
        if form == "whole" or not rarely(model.name, form) or rarely(model.name, "whole"):
            return form
        return form if self._too_long(model) else "whole"

    def _repair_form(self, model: Model, proposal: Proposal) -> str:
        form = self._form(model, proposal.form or "diff")
        if proposal.code == CUT:
            return "diff" if form == "whole" else form  # nothing shorter is there to ask for
        misread = proposal.code in ("removed-lines-not-found", "ambiguous-context")
        return "whole" if misread and proposal.repairs and not self._too_long(model) else form

    def _too_long(self, model: Model) -> bool:
        """Tell whether the editable files of the seed are too long to be written out in one
        reply.
        """
        seed = self.problem.seeds[0]
        editable = self.problem.editable
        size = sum(len(file.data) for path, file in seed.files.items() if matches(path, editable))
        return size / 3 > model.output / 2

    def _answers(self, name: str) -> bool:
        """Tell whether a model can be asked again; one that answers nothing of use is left."""
        return (
            not self._nobody_left() and name in self.models.usable() and not self.choice.dead(name)
        )

    def _worth_repairing(self) -> bool:
        return self._repairs < REPAIRS_TRIED or self._repaired >= REPAIRS_WORTH * self._repairs

    def _cost(self, proposal: Proposal) -> float | None:
        """Return a proposal's cost in one unit for the whole run: dollars, or tokens when a model
        has no price.
        """
        if self.models.all_priced():
            return proposal.cost.usd
        return float(proposal.cost.prompt_tokens + 4 * proposal.cost.completion_tokens)

    # -- calls

    async def _ask(self, request: Request) -> ModelCall | str:
        """Ask; return the call, or why there is none."""
        try:
            return await self.models.ask(request)
        except (OverBudget, ModelError) as stop:
            return str(stop)

    async def _read(self, blank: Proposal, call: ModelCall | str, record: Record) -> Proposal:
        """Make a proposal of a call: a patch, or the code and reason why there is none."""
        if isinstance(call, str):
            return replace(blank, reason=call)
        reply, request = call.reply, call.request
        assert reply is not None
        blank = replace(blank, model=request.model)  # a fallback may have answered
        cost = spent(self.log, request.ticket, request.round)
        asked = replace(
            blank, prompt=prompt_text(request.messages), cost=cost, seconds=reply.seconds
        )
        cut = self._cut(call)
        if not reply.text.strip():
            why = (
                cut
                or reply.error
                or f"the reply is empty (it ended with {reply.finish or 'nothing'!r})"
            )
            return replace(asked, reply=reply.text, reason=why)
        several = pieces(reply.text, self.options.candidates)
        if request.round or len(several) == 1:
            return (await self._one(asked, reply.text, record, cut))[0]
        cuts = [*[""] * (len(several) - 1), cut]
        made = [
            await self._one(asked, text, record, why)
            for text, why in zip(several, cuts, strict=True)
        ]
        whole = [(proposal, child) for proposal, child in made if child is not None]
        if not whole:
            return replace(made[0][0], reply=reply.text)
        return replace(await self.screening.best(whole, request.ticket), reply=reply.text)

    async def _one(
        self, asked: Proposal, text: str, record: Record, cut: str
    ) -> tuple[Proposal, Program | None]:
        """Return the proposal that a reply makes, and its program; None when it is refused."""
        made, child = read_reply(asked, text, self.problem, record, cut)
        if child is None:
            return made, None
        try:
            await self.likeness.check(child, record, asked.ticket)
        except PatchRefused as refusal:
            return replace(made, patch="", code=refusal.code, reason=refusal.reason), None
        return made, child

    def _cut(self, call: ModelCall) -> str:
        """Say why a reply is not whole, "" for one that is."""
        reply, model = call.reply, self.models.models[call.request.model]
        if reply is None or reply.status is not CallStatus.CUT:
            return ""
        came = (
            f"after {reply.text.count(chr(10)) + 1} lines"
            if reply.text.strip()
            else "before any answer came"
        )
        if ending_of(reply.finish) is Ending.CUT:
            return f"the reply was cut off {came}: it reached the limit of {model.output:,} tokens"
        return f"the reply broke off {came} ({reply.finish or reply.error})"

    async def _renew_notes(self, ticket: int, context: Context) -> bool:
        """Have the notes written anew when enough has happened; return whether that was so under
        this ticket.
        """
        known = answer(self.log, ticket, 0, "notes")
        every = interval(self.options.notes_every, self.models.budget.proposals_expected)
        if known is None and self.notes.due(every) and not self._nobody_left():
            model = self.models.models[self.models.usable()[0]]
            self.notes.busy(True)
            try:
                call = await self._ask(
                    self.notes.request(ticket, model, self.prompter.texts, context)
                )
            finally:
                self.notes.busy(False)
            known = (
                call
                if isinstance(call, ModelCall) and call.reply is not None and call.reply.text
                else None
            )
        if known is None or known.reply is None:
            return False
        self.notes.renew(known.reply.text)
        return True


def estimate_of(model: Model, context: int) -> str:
    """Say what a call of a model costs at most; a proposal takes one call, a repaired one up to
    three.
    """
    prompt, price = min(model.prompt_tokens, context), price_of(model)
    tokens = f"{model.name}: at most {prompt:,} + {model.output:,} tokens a call"
    if model.name.startswith(COMMAND):
        return (
            f"{model.name}: what a call costs is unknown; the command runs here, outside of the "
            "sandbox, in an empty folder"
        )
    if price is None:
        return f"{tokens}, unpriced (give --price {model.name}=PROMPT,REPLY)"
    most = price.most(prompt, model.output)
    return f"{tokens}, ${most:.4f}; a hundred proposals ${100 * most:.2f} at most without repairs"


def prompt_text(messages: Sequence[Message]) -> str:
    """Return a prompt as one text, for a person."""
    return "\n\n".join(f"[{message.role}]\n{message.text}" for message in messages)


def _asked(form: str) -> str:
    return json.dumps({"format": form})


def _form_of(request: Request) -> str:
    """Return the format that a recorded request asked for."""
    return str(json.loads(request.parameters).get("format", "diff"))


def _status(result: Result) -> Status | None:
    failed = next((row.status for row in result.evaluations if row.status is not Status.OK), None)
    return failed or (Status.OK if result.evaluations else None)
