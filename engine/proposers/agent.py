"""An agent proposes: any command that edits a working copy, run in a sandbox of its own.

The command finds the parent's files in its working folder and the task in TASK.md. The child is
exactly what it leaves there; what it prints is a log, from which only its last "Idea:" line and its
cost are read. It sees no key of ours and no network but what its options open.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.errors import ConfigError, ModelError, PatchRefused, ProblemError
from cladogen.evaluation import Status
from cladogen.ledger import Ledger, OverBudget, Stop, Unlimited
from cladogen.models.asking import charge_recorded
from cladogen.models.calls import (
    CallLog,
    CallStatus,
    MemoryLog,
    Message,
    ModelCall,
    Reply,
    Request,
    answer,
)
from cladogen.models.model import Model
from cladogen.patch import apply_diff, make_diff, take_tree
from cladogen.problem import Problem
from cladogen.program import File, Program
from cladogen.prompts import operators
from cladogen.prompts.context import Context
from cladogen.prompts.expectations import last_idea
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Prompter
from cladogen.proposal import Cost, Proposal
from cladogen.proposers.base import Extras, Record
from cladogen.proposers.gain import parent_fitness
from cladogen.proposers.leftovers import LEFTOVERS, patterns, without_hidden
from cladogen.result import Result
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox, SandboxNeeds
from cladogen.sandboxes.inside.leftovers import LEFT_OUT
from cladogen.sandboxes.network.allow_list import header, parse
from cladogen.task import Propose

TASK = "TASK.md"
FORM = (
    'Edit the files in this folder. Say in one line that begins with "Idea:" what you changed '
    "and why."
)
NO_COMMAND = 127  # how a shell ends when it does not find what it was to run
FENCE = "\n\n```diff\n"  # between log and diff in what runs recorded once


class AgentProposer(Extras):
    """Propose by a command. ``{task}`` and ``{usd}`` in it become the task file's name and the cost
    limit.

    ``time_s``, ``memory_mb`` bound the command, ``usd_each`` is what one task may cost; ``network``
    names hosts it may reach, ``folders`` what it may read, ``image`` its container's image, and
    ``leave_out`` patterns of names that are not part of its work, besides `LEFTOVERS`: each
    comma-separated.
    """

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
    ) -> None:
        self.problem, self.budget = problem, budget or Unlimited()
        self.log: CallLog = MemoryLog() if calls is None else calls
        self.command = _words(command)
        self.usd_each = _number("usd_each", usd_each, least=0.0) or None
        seconds = _number("time_s", time_s, least=0.1)
        self.limits = Limits(
            time_s=seconds,
            cpu_s=seconds,
            memory_mb=int(_number("memory_mb", memory_mb, least=1.0)),
            processes=256,
            files_mb=256,
        )
        self._sandbox: Sandbox | None = None
        self._sandbox_name, self._stack = sandbox, contextlib.AsyncExitStack()
        self._needs = SandboxNeeds(image=image, network=_split(network), folders=_split(folders))
        parse(self._needs.network)  # a wrong entry is said before the run starts
        self._leave_out = patterns(LEFTOVERS, _split(leave_out))
        self._said: set[str] = set()
        self._notify, self._stopping = notify, stopping
        charge_recorded(self.log, self.budget)
        self.prompter = Prompter(problem, ModelOptions(context=16_000, notes_every=0), self.log)

    async def prepare(self) -> None:
        """Find out whether the command is there, before anything is spent."""
        seed = self.problem.seeds[0]
        job = Job(
            seed.files,
            ("sh", "-c", 'command -v -- "$1" >/dev/null || exit 127', "sh", self.command[0]),
            (Call(b"null"),),
            replace(self.limits, time_s=20.0, cpu_s=20.0),
            program=seed.id,
            fresh=True,
            tree=True,
        )
        sandbox = await self._started()
        (execution,) = await sandbox.run(job)
        if execution.detail == f"sh ended with exit status {NO_COMMAND}":
            raise ModelError(self._not_there(sandbox))

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Run the command on the first parent's files; what it leaves is the child."""
        parent, context = record.program(task.parents[0]), self.prompter.context(record)
        plan = operators.plan(
            "cross" if len(task.parents) > 1 else "diff", task, context, self.prompter.texts, rng
        )
        text = f"{self._task_text(plan, context)}\n\n{FORM}\n"
        blank = Proposal(
            task.ticket,
            self.operator,
            plan.parents,
            model=self.command[0],
            prompt=text,
            parent_fitness=parent_fitness(record, task.parents),
        )
        known = answer(self.log, task.ticket, 0)
        if known is None:
            request = Request(
                task.ticket, 0, self.operator, self.command[0], (Message("user", text),)
            )
            beside = {TASK: File(text.encode()), **self.beside(task, record, rng)}
            try:
                known = await self._run(request, parent, beside)
            except OverBudget as stop:
                return replace(blank, reason=str(stop))
        return self._read(blank, known, parent)

    def cost_usd(self, log: str) -> float | None:
        """Return what a run of the command cost, None where it did not say."""
        return told_cost(log)

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

    async def close(self) -> None:
        """End the agent's sandbox."""
        await self._stack.aclose()

    def _task_text(self, plan: operators.Plan, context: Context) -> str:
        messages = self.prompter.messages(plan, context, Model("agent"), "")
        return "\n\n".join(message.text for message in messages)

    # -- running the command

    async def _run(
        self, request: Request, parent: Program, beside: Mapping[str, File]
    ) -> ModelCall:
        """Run the command, its cost reserved before and settled after, its outcome on disk before
        it is used.
        """
        if self._stopping is not None and self._stopping.is_set():
            raise asyncio.CancelledError  # the task stays open, for when the run goes on
        held = await self.budget.reserve(Cost(self.usd_each, calls=1))
        cost = Cost(None, calls=1)
        try:
            number = self.log.begin(request, 0, self.usd_each)
            began = time.monotonic()
            execution = await self._execute(request, parent, beside)
            reply = self._reply(execution, parent, beside, time.monotonic() - began)
            cost = Cost(self.cost_usd(execution.log), calls=1)
            self.log.finish(number, reply, cost)
        finally:
            self.budget.settle(held, cost)
        return ModelCall(number, request, 0, reply, cost, self.usd_each)

    async def _execute(
        self, request: Request, parent: Program, beside: Mapping[str, File]
    ) -> Execution:
        sandbox = await self._started()
        call = Call(json.dumps(request.messages[0].text).encode(), request.ticket)
        job = Job(
            {**parent.files, **beside},
            self.entry(),
            (call,),
            self.limits,
            program=parent.id,
            fresh=True,
            tree=True,
            leave_out=self._leave_out,
        )
        (execution,) = await sandbox.run(job)
        name = self.command[0]
        theirs = name.startswith("./") or name in parent.files  # the program's own, or was
        if execution.detail == f"{name}: No such file or directory" and not theirs:
            self.budget.halt(Stop("failing", self._not_there(sandbox)))
        return execution

    def entry(self) -> str | tuple[str, ...]:
        """Return what runs: the command with its words filled in."""
        words = {"{task}": TASK, "{usd}": f"{self.usd_each or 0.0:g}"}
        return tuple(_filled(word, words) for word in self.command)

    async def _started(self) -> Sandbox:
        if self._sandbox is None:
            from cladogen.sandboxes.choose import open_sandbox

            opening = open_sandbox(
                self._sandbox_name,
                self._needs,
                folder=self.problem.folder,
                limits=self.limits,
                allow_local=False,
                progress=self._notify,
            )
            self._sandbox = await self._stack.enter_async_context(opening)
            for _, text in header(self._needs.network, self._sandbox.name):
                self._notify(f"the agent's network is {text}")
        return self._sandbox

    def _not_there(self, sandbox: Sandbox) -> str:
        """Say that the command is missing, and what to do."""
        where = "the sandbox's image" if sandbox.name == "docker" else f"the {sandbox.name} sandbox"
        how = "image=NAME" if sandbox.name == "docker" else "folders=DIR,... or its whole path"
        return (
            f"proposer agent: {self.command[0]}: not in {where}; give --proposer-option {how}, or "
            "--model 'cli:COMMAND' for a command of this machine that answers in text"
        )

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

    def _read(self, blank: Proposal, call: ModelCall, parent: Program) -> Proposal:
        assert call.reply is not None
        diff, log = call.reply.text, call.reply.reasoning
        if FENCE in diff:  # recorded once as one text
            log, _, diff = diff.rpartition(FENCE)
            diff = diff.removesuffix("```\n")
        asked = replace(blank, reply=log, cost=call.cost, seconds=call.reply.seconds)
        if call.reply.status is not CallStatus.REPLIED:
            return replace(asked, reason=call.reply.error)
        asked = replace(asked, summary=last_idea(log))
        try:
            left = apply_diff(parent, diff) if diff.strip() else parent
            applied = take_tree(parent, left, self.problem.policy)
        except PatchRefused as refusal:
            return replace(asked, code=refusal.code, reason=refusal.reason)
        return replace(asked, patch=applied.patch_text)

    def _say_left_out(self, log: str, hidden: list[str]) -> None:
        """Say once of each leftover that it is not part of the child."""
        told = [line for line in log.splitlines() if line.startswith(LEFT_OUT)]
        names = told[-1].removeprefix(LEFT_OUT).split(", ") if told else []
        names += hidden
        new = [name for name in names if name not in self._said]
        if new:
            self._said |= set(new)
            self._notify(f"left out of what {self.who} left: {', '.join(new)}")


def without_beside(files: Mapping[str, File], beside: Mapping[str, File]) -> dict[str, File]:
    """Return the files of a working copy without what lay beside the program, and whatever was put
    there.
    """
    tops = {path.partition("/")[0] for path in beside}
    return {path: file for path, file in files.items() if path.partition("/")[0] not in tops}


def told_cost(log: str) -> float | None:
    """Read the cost that an agent printed last, as JSON in a line of its own (``cost_usd``, or
    Claude Code's ``total_cost_usd``); None when it printed none.
    """
    for line in reversed(log.splitlines()):
        if not line.lstrip().startswith("{"):
            continue
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            value = told.get("cost_usd", told.get("total_cost_usd"))
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6:
                return float(value)
    return None


def _words(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except (ValueError, AttributeError, TypeError) as error:
        raise ConfigError(f"proposer agent: command={command!r}: {error}") from None
    if not words:
        raise ConfigError(
            "proposer agent: name its command with --proposer-option command='my-agent {task}'"
        )
    return words


def _number(name: str, value: Any, *, least: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not least <= number < 1e9:
        raise ConfigError(f"proposer agent: {name}={value!r}; it must be at least {least:g}")
    return number


def _filled(word: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        word = word.replace(name, value)
    return word


def _split(text: Any) -> tuple[str, ...]:
    if isinstance(text, list | tuple):
        return tuple(str(part) for part in text)
    return tuple(part.strip() for part in str(text).split(",") if part.strip())
