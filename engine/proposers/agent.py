"""An agent proposes: any command that edits a working copy, run in a sandbox of its own.

The command finds the parent's files in its working folder and the task in TASK.md. The child is
exactly what it leaves there; what it prints is a log, from which only its last "Idea:" line and its
cost are read. It sees no key of ours and no network but what its options open.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cladogen.errors import ProblemError
from cladogen.evaluation import Status
from cladogen.gateway.caller import Caller
from cladogen.journal import once
from cladogen.ledger import Ledger, OverBudget, Unlimited
from cladogen.models.asking import charge_recorded
from cladogen.models.calls import (
    AnsweredCall,
    CallLog,
    CallStatus,
    MemoryLog,
    Message,
    ModelCall,
    Reply,
    Request,
)
from cladogen.models.model import Model
from cladogen.patch import make_diff
from cladogen.problem import Problem
from cladogen.program import File, Program
from cladogen.prompts import operators
from cladogen.prompts.context import Context
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Prompter
from cladogen.proposal import Cost, Proposal
from cladogen.proposers.agent_answer import left_out, printed_cost, read_answer, without_beside
from cladogen.proposers.agent_options import call_limits, filled, number, split, words
from cladogen.proposers.agent_sandbox import AgentSandbox
from cladogen.proposers.base import Extras, Record
from cladogen.proposers.gain import parent_fitness
from cladogen.proposers.leftovers import LEFTOVERS, patterns, without_hidden
from cladogen.result import Result
from cladogen.sandboxes.base import Call, Execution, Job, Limits, SandboxNeeds
from cladogen.sandboxes.network.allow_list import parse
from cladogen.task import Propose

if TYPE_CHECKING:
    from cladogen.gateway.access import Access
    from cladogen.gateway.gateway import Gateway

TASK = "TASK.md"
CALLS_EACH = 500
FORM = (
    'Edit the files in this folder. Say in one line that begins with "Idea:" what you changed '
    "and why."
)


class AgentProposer(Extras):
    """Propose by a command. ``{task}`` and ``{usd}`` in it become the task file's name and the cost
    limit.

    ``time_s``, ``memory_mb`` bound the command, ``usd_each`` is what one task may cost; ``network``
    names hosts it may reach, ``folders`` what it may read, ``image`` its container's image, and
    ``leave_out`` patterns of names that are not part of its work, besides `LEFTOVERS`: each
    comma-separated. Through ``gateway`` it asks models, at most ``calls_each`` calls,
    ``tokens_each`` tokens (0: no limit) and ``usd_each`` dollars for one task.
    """

    writes_first = True
    operator = "agent"  # what its proposals are called
    who = "the agent"  # the subject of a sentence about it

    def __init__(
        self,
        problem: Problem,
        trials: Any = None,
        *,
        budget: Ledger | None = None,
        calls: CallLog | None = None,
        notify: Callable[[str], None] = lambda text: None,
        stopping: asyncio.Event | None = None,
        command: str = "",
        time_s: float | str = 600.0,
        memory_mb: int | str = 2048,
        usd_each: float | str = 0.0,
        sandbox: str = "auto",
        image: str = "",
        network: str = "",
        folders: str = "",
        leave_out: str = "",
        runtime: str = "",
        gateway: Gateway | None = None,
        calls_each: int | str = CALLS_EACH,
        tokens_each: int | str = 0,
    ) -> None:
        self.problem, self.budget = problem, budget or Unlimited()
        self.log: CallLog = MemoryLog() if calls is None else calls
        self.usd_each = number("usd_each", usd_each, least=0.0) or None
        seconds = number("time_s", time_s, least=0.1)
        limits = Limits(
            time_s=seconds,
            cpu_s=seconds,
            memory_mb=int(number("memory_mb", memory_mb, least=1.0)),
            processes=256,
            files_mb=256,
        )
        needs = SandboxNeeds(
            image=image,
            network=split(network),
            folders=split(folders),
            models=gateway is not None,
        )
        parse(needs.network)  # a wrong entry is said before the run starts
        self.sandbox = AgentSandbox(
            problem, words(command), limits, needs, sandbox, runtime, self.budget, notify
        )
        self._gateway = gateway
        self.asks = call_limits(calls_each, tokens_each, self.usd_each)
        self._leave_out = patterns(LEFTOVERS, split(leave_out))
        self._said: set[str] = set()
        self._notify, self._stopping = notify, stopping
        charge_recorded(self.log, self.budget)
        self.prompter = Prompter(problem, ModelOptions(context=16_000, notes_every=0), self.log)

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command."""
        return self.sandbox.command

    async def prepare(self) -> None:
        """Find out whether models can be asked and the command is there, before anything is
        spent.
        """
        await self._prepare_models()
        await self.sandbox.look_for_command()

    async def _prepare_models(self) -> None:
        if self._gateway is not None:
            await self._gateway.prepare(self.asks)

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Run the command on the first parent's files; what it leaves is the child."""
        parent, context = record.program(task.parents[0]), self.prompter.context(record)
        usual = "cross" if len(task.parents) > 1 else "diff"
        operator = operators.FIRST if task.hint == operators.FIRST else usual
        plan = operators.plan(operator, task, context, self.prompter.texts, rng)
        text = f"{self._task_text(plan, context)}\n\n{FORM}\n"
        blank = Proposal(
            task.ticket,
            self.operator,
            plan.parents,
            model=self.command[0],
            prompt=text,
            parent_fitness=parent_fitness(record, task.parents),
        )

        async def made() -> ModelCall | str:
            request = Request(
                task.ticket, 0, self.operator, self.command[0], (Message("user", text),)
            )
            beside = {TASK: File(text.encode()), **self.beside(task, record, rng)}
            try:
                return await self._run(request, parent, beside)
            except OverBudget as stop:
                return str(stop)

        call = await once(AnsweredCall(self.log, task.ticket, 0), made)
        if isinstance(call, str):
            return replace(blank, reason=call)
        assert call.reply is not None
        cost = call.cost if self._gateway is None else self.log.spent(task.ticket, 0)
        return read_answer(blank, call.reply, cost, parent, self.problem)

    def cost_usd(self, log: str) -> float | None:
        """Return what a run of the command cost, None where it did not say."""
        return printed_cost(log)

    def beside(self, task: Propose, record: Record, rng: np.random.Generator) -> Mapping[str, File]:
        """Return what lies beside the parent's files, to read; it is no part of the child."""
        return {}

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: an agent can run what it writes before it ends."""
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn nothing: the record shows the next agent what was tried."""

    def state(self) -> Any:
        """Return nothing, for nothing was learnt."""
        return None

    def restore(self, state: Any) -> None:
        """There is nothing to take in."""

    async def close(self) -> None:
        """End the agent's sandbox."""
        await self.sandbox.close()

    def _task_text(self, plan: operators.PromptPlan, context: Context) -> str:
        messages = self.prompter.messages(plan, context, Model("agent"), "")
        return "\n\n".join(message.text for message in messages)

    # -- running the command

    async def _run(
        self, request: Request, parent: Program, beside: Mapping[str, File]
    ) -> ModelCall:
        """Run the command, its cost reserved before and settled after, its outcome on disk before
        it is used. Through a gateway each of its calls is reserved there, and it reserves nothing.
        """
        if self._stopping is not None and self._stopping.is_set():
            raise asyncio.CancelledError  # the task stays open, for when the run goes on
        if self._gateway is not None:
            access = self._access("propose", request.ticket, parent)
            return await self._recorded(request, parent, beside, access)
        held = await self.budget.reserve(Cost(self.usd_each, calls=1))
        cost = Cost(None, calls=1)
        try:
            call = await self._recorded(request, parent, beside)
            cost = call.cost
        finally:
            self.budget.settle(held, cost)
        return call

    async def _recorded(
        self,
        request: Request,
        parent: Program,
        beside: Mapping[str, File],
        access: Access | None = None,
    ) -> ModelCall:
        """Run the command between two entries in the log."""
        most_usd = self.usd_each if access is None else 0.0
        number, began = self.log.begin(request, 0, most_usd), time.monotonic()
        execution = await self._execute(request, parent, beside, access)
        reply = self._reply(execution, parent, beside, time.monotonic() - began)
        cost = self._cost(execution, access)
        spoilt = _why_spoilt(access)
        if spoilt and (reply.status is CallStatus.FAILED or not reply.text.strip()):
            reply = replace(reply, status=CallStatus.FAILED, error=spoilt)
        self.log.finish(number, reply, cost)
        if access is not None and reply.error == spoilt:
            self._take_up(access)
        return ModelCall(number, request, 0, reply, cost, most_usd)

    def _take_up(self, access: Access) -> None:
        """Raise what a run does whose work was left because the run, or its budget, is over."""
        if access.interrupted:
            raise asyncio.CancelledError  # the task stays open, for when the run goes on
        if access.over_budget:
            raise OverBudget(access.over_budget)

    def _cost(self, execution: Execution, access: Access | None) -> Cost:
        """Return what a run of the command cost beside its calls through the gateway."""
        if access is not None and not self.sandbox.needs.network:
            return Cost(0.0)
        return Cost(self.cost_usd(execution.log), calls=1)

    def _access(self, kind: str, ticket: int, program: Program) -> Access:
        from cladogen.gateway.access import Access

        assert self._gateway is not None
        return Access(self._gateway, Caller(kind, ticket, program.id), self.asks, "this task")

    async def _execute(
        self,
        request: Request,
        parent: Program,
        beside: Mapping[str, File],
        access: Access | None = None,
    ) -> Execution:
        call = Call(json.dumps(request.messages[0].text).encode(), request.ticket)
        job = Job(
            {**parent.files, **beside},
            self.entry(),
            (call,),
            self.sandbox.limits,
            program=parent.id,
            fresh=True,
            tree=True,
            leave_out=self._leave_out,
            models=access,
        )
        return await self.sandbox.run(job)

    def entry(self) -> str | tuple[str, ...]:
        """Return what runs: the command with its words filled in."""
        values = {"{task}": TASK, "{usd}": f"{self.usd_each or 0.0:g}"}
        return tuple(filled(word, values) for word in self.command)

    # -- what it left

    def _reply(
        self, execution: Execution, parent: Program, beside: Mapping[str, File], seconds: float
    ) -> Reply:
        """Return what the agent left as a diff, and what it printed as a log."""
        if execution.status is not Status.OK or execution.files is None:
            why = f"{self.who} ended with {execution.status.value}: {execution.detail}"
            return Reply(CallStatus.FAILED, "", execution.log, error=why, seconds=seconds)
        left = without_beside(execution.files, beside)
        left, hidden = without_hidden(left, parent, self.problem.editable)
        self._say_left_out(execution.log, hidden)
        try:
            diff = make_diff(parent, Program.of(left))
        except ProblemError as error:
            why = f"{self.who} left what is no program: {error}"
            return Reply(CallStatus.FAILED, "", execution.log, error=why, seconds=seconds)
        return Reply(CallStatus.REPLIED, diff or "\n", execution.log, "stop", seconds=seconds)

    def _say_left_out(self, log: str, hidden: list[str]) -> None:
        """Say once of each leftover that it is not part of the child."""
        names = [*left_out(log), *hidden]
        new = [name for name in names if name not in self._said]
        if new:
            self._said |= set(new)
            self._notify(f"left out of what {self.who} left: {', '.join(new)}")


def _why_spoilt(access: Access | None) -> str:
    """Return why what a command asked of models was not answered, "" where it was, or asked
    nothing.
    """
    if access is None:
        return ""
    return "the run ended before a model answered" if access.interrupted else access.spoilt
