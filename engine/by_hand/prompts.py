"""By hand: the prompts of tasks that a person or an outside agent answers, and their replies.

The prompts are those that `evolve run` shows to a model, of the same operators, repairs among them;
they and the replies are recorded as calls of a model that is named "by hand".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from cladogen.archives.expected import BY_HAND as ASSUMED
from cladogen.archives.pace import pace
from cladogen.models.calls import CallStatus, Message, ModelCall, Reply, Request
from cladogen.models.model import Model
from cladogen.prompts import operators
from cladogen.prompts.context import Context
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.progress import since_best
from cladogen.prompts.prompter import Failed, Prompter
from cladogen.prompts.reading import read_reply
from cladogen.proposal import Cost, Proposal
from cladogen.proposers.bandit import Bandit
from cladogen.proposers.gain import parent_fitness
from cladogen.record.model_calls import StoredCalls
from cladogen.result import Result
from cladogen.run import Run
from cladogen.search.streams import stream
from cladogen.session.assemble import surroundings_of
from cladogen.settings import Settings
from cladogen.task import Propose

BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class TaskPrompt:
    """What is asked under a task: the operator, the parents, and the whole prompt."""

    operator: str
    parents: tuple[int, ...]
    messages: tuple[Message, ...]


class ByHand:
    """Makes the prompts of an open run's tasks, and reads the replies to them."""

    def __init__(self, run: Run) -> None:
        self._run, self._log = run, StoredCalls(run.store)
        self._options = model_options(run)
        around = surroundings_of(run.store)
        self._prompter = Prompter(run.problem, self._options, self._log, around, run.budget)

    def ask(self, task: Propose, asker: str) -> TaskPrompt:
        """Return the prompt of a task, which is recorded."""
        context = self._prompter.context(self._run.record)
        rng = stream(self._run.seed, "desk", task.ticket)
        plan = operators.plan(
            self._operator(task, context), task, context, self._prompter.texts, rng
        )
        form = self._prompter.form_for(plan, context, Model(asker))
        messages = self._prompter.messages(plan, context, Model(asker), form)
        self._begin(Request(task.ticket, 0, plan.operator, BY_HAND, messages), plan.parents, form)
        return TaskPrompt(plan.operator, plan.parents, messages)

    def ask_again(self, proposal: Proposal, result: Result) -> str:
        """Return what asks for a second answer, recorded as a whole: the program that failed shown
        anew, or, after a refusal, what is to be said beside the prompt that the asker has.
        """
        failed = Failed.of(proposal, result)
        parents = proposal.parents if failed.status is None else (result.program or 0,)
        again = replace(
            proposal, operator="repair", parents=parents, repairs=proposal.repairs + 1,
            form=self._prompter.repair_form(failed),
        )  # fmt: skip
        context = self._prompter.context(self._run.record)
        messages = self._prompter.repair_messages(failed, again, context, Model(proposal.model))
        request = Request(proposal.ticket, again.repairs, "repair", BY_HAND, messages)
        self._begin(request, parents, again.form)
        return joined(messages if failed.status is not None else messages[-1:])

    def read(self, task: Propose, asker: str, round_: int, reply: str) -> Proposal:
        """Write a reply down, then read it."""
        call = self._asked(task.ticket, round_)
        self._log.finish(call.id, Reply(CallStatus.REPLIED, reply, finish="stop"), Cost())
        facts = json.loads(call.request.parameters)
        parents = tuple(facts.get("parents", task.parents))
        blank = Proposal(
            task.ticket, call.request.purpose, parents, model=asker,
            prompt=joined(call.request.messages), repairs=round_, form=facts.get("format", ""),
            parent_fitness=parent_fitness(self._run.record, parents),
        )  # fmt: skip
        proposal, _ = read_reply(blank, reply, self._run.problem, self._run.record)
        self._run.store.add_proposal(proposal, round_)
        return proposal

    def _operator(self, task: Propose, context: Context) -> str:
        """Return the operator that the archive asks for, else one that is drawn by its odds."""
        odds = self._options.operator_odds(operators.ODDS)
        if task.hint in odds:
            return task.hint
        patience = pace(self._run.budget.proposals_expected or ASSUMED).patience
        stagnant = since_best(context) >= patience
        can = [name for name in operators.possible(task, context, stagnant, odds) if name in odds]
        rng = stream(self._run.seed, "desk operator", task.ticket)
        bandit = Bandit(tuple(odds), weights=odds, learn=False)
        return bandit.choose(rng, can) if can else "diff"

    def _begin(self, request: Request, parents: tuple[int, ...], form: str) -> int:
        """Record that something is asked; return the call's number."""
        facts = json.dumps({"format": form, "parents": parents})
        return self._log.begin(replace(request, parameters=facts), 0, 0.0)

    def _asked(self, ticket: int, round_: int) -> ModelCall:
        """Return the call that waits for a reply in a round; one is begun where none does, as in
        runs that asked once for all rounds.
        """
        for call in self._log.under(ticket, round_):
            if call.reply is None:
                return call
        first = next(iter(self._log.under(ticket, 0)), None)
        asked = first.request if first is not None else Request(ticket, 0, "diff", BY_HAND, ())
        request = replace(asked, round=round_)
        return ModelCall(self._log.begin(request, 0, 0.0), request)


def joined(messages: Sequence[Message]) -> str:
    """Return a prompt as one text."""
    return "\n\n".join(message.shown for message in messages)


def model_options(run: Run) -> ModelOptions:
    """Return the options of prompts that a run was begun with."""
    given = Settings.from_json(run.store.meta()["settings"]).proposer_options
    known = {field.name for field in fields(ModelOptions)}
    given = {name: value for name, value in given.items() if name in known}
    return ModelOptions.read(
        {**given, "pictures": "no", "tries": 0}
    )  # a prompt in words is all they get
