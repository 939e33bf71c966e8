"""An agent proposes: any command that edits a working copy, run in a sandbox of its own.

The command finds the parent's files in its working folder and the task in TASK.md; what it leaves
changed is the patch. It sees no key of ours and no network but what its options open. A last line
``{"cost_usd": 0.12}`` of its output tells its cost; without it the cost is unknown, and what was
reserved for it stays reserved.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.ledger import Ledger, OverBudget, Unlimited
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
from cladogen.patch import make_diff
from cladogen.problem import Problem
from cladogen.program import File, Program
from cladogen.prompts import operators
from cladogen.prompts.context import Context
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Prompter
from cladogen.prompts.reading import read_reply
from cladogen.proposal import Cost, Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.gain import parent_fitness
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox, SandboxNeeds
from cladogen.sandboxes.network.allow_list import header, parse
from cladogen.task import Propose

TASK = "TASK.md"
FORM = (
    'Edit the files in this folder. Say in one line that begins with "Idea:" what you changed '
    "and why."
)


class AgentProposer:
    """Propose by a command. ``{task}`` and ``{usd}`` in it become the task file's name and the cost
    limit.

    ``time_s``, ``memory_mb`` bound the command, ``usd_each`` is what one task may cost; ``network``
    names hosts it may reach, ``folders`` what it may read, ``image`` its container's image: each
    comma-separated.
    """

    def __init__(
        self,
        problem: Problem,
        trials: Any = None,
        *,
        budget: Ledger | None = None,
        calls: CallLog | None = None,
        notify: Callable[[str], None] = lambda text: None,
        command: str = "",
        time_s: float | str = 600.0,
        memory_mb: int | str = 2048,
        usd_each: float | str = 0.0,
        sandbox: str = "auto",
        image: str = "",
        network: str = "",
        folders: str = "",
    ) -> None:
        self.problem, self.budget, self.log = (
            problem,
            budget or Unlimited(),
            MemoryLog() if calls is None else calls,
        )
        self.command = tuple(shlex.split(command))
        if not self.command:
            raise ConfigError(
                "proposer agent: name its command with --proposer-option command='my-agent {task}'"
            )
        self.usd_each = float(usd_each) or None
        self.limits = Limits(
            time_s=float(time_s),
            cpu_s=float(time_s),
            memory_mb=int(memory_mb),
            processes=256,
            files_mb=256,
        )
        self._sandbox: Sandbox | None = None
        self._sandbox_name, self._stack = sandbox, contextlib.AsyncExitStack()
        self._needs = SandboxNeeds(image=image, network=_split(network), folders=_split(folders))
        parse(self._needs.network)  # a wrong entry is told before the run starts
        self._notify = notify
        charge_recorded(self.log, self.budget)
        self.prompter = Prompter(problem, ModelOptions(context=16_000, notes_every=0), self.log)

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Run the command on the first parent's files; what it changed is the proposal."""
        parent, context = record.program(task.parents[0]), Context(self.problem, record)
        plan = operators.plan(
            "cross" if len(task.parents) > 1 else "diff", task, context, self.prompter.texts, rng
        )
        text = f"{self._task_text(plan, context)}\n\n{FORM}\n"
        blank = Proposal(
            task.ticket,
            "agent",
            plan.parents,
            model=self.command[0],
            prompt=text,
            parent_fitness=parent_fitness(record, task.parents),
        )
        known = answer(self.log, task.ticket, 0)
        if known is None:
            request = Request(task.ticket, 0, "agent", self.command[0], (Message("user", text),))
            try:
                known = await self._run(request, parent)
            except OverBudget as stop:
                return replace(blank, reason=str(stop))
        return self._read(blank, known, record)

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
        messages = self.prompter.messages(plan, context, Model("agent"), "diff")
        form = self.prompter.form_text("diff")
        return (
            "\n\n".join(message.text for message in messages)
            .replace(form, "")
            .replace("## Form of the answer", "")
        )

    async def _run(self, request: Request, parent: Program) -> ModelCall:
        """Run the command, its cost reserved before and settled after, its outcome on disk before
        it is used.
        """
        held = await self.budget.reserve(Cost(self.usd_each, calls=1))
        cost = Cost(None, calls=1)
        try:
            number = self.log.begin(request, 0, self.usd_each)
            began = time.monotonic()
            execution = await self._execute(request, parent)
            reply = self._reply(execution, parent, time.monotonic() - began)
            cost = Cost(_told_cost(execution.log), calls=1)
            self.log.finish(number, reply, cost)
        finally:
            self.budget.settle(held, cost)
        return ModelCall(number, request, 0, reply, cost, self.usd_each)

    async def _execute(self, request: Request, parent: Program) -> Execution:
        sandbox = await self._started()
        text = request.messages[0].text
        files = {**parent.files, TASK: File(text.encode())}
        words = {"{task}": TASK, "{usd}": f"{self.usd_each or 0.0:g}"}
        command = tuple(_filled(word, words) for word in self.command)
        job = Job(
            files,
            command,
            (Call(json.dumps(text).encode()),),
            self.limits,
            program=parent.id,
            fresh=True,
            tree=True,
        )
        (execution,) = await sandbox.run(job)
        return execution

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

    def _reply(self, execution: Execution, parent: Program, seconds: float) -> Reply:
        """Return what the agent left as a reply that anybody can read: its words and the diff of
        the files.
        """
        if execution.status is not Status.OK or execution.files is None:
            why = f"the agent ended with {execution.status.value}: {execution.detail}"
            return Reply(CallStatus.FAILED, error=why, seconds=seconds)
        left = {path: file for path, file in execution.files.items() if _ours(path)}
        diff = make_diff(parent, Program.of(left))
        return Reply(
            CallStatus.REPLIED,
            f"{execution.log}\n\n```diff\n{diff}```\n",
            finish="stop",
            seconds=seconds,
        )

    def _read(self, blank: Proposal, call: ModelCall, record: Record) -> Proposal:
        assert call.reply is not None
        asked = replace(blank, cost=call.cost, seconds=call.reply.seconds)
        if call.reply.status is not CallStatus.REPLIED:
            return replace(asked, reason=call.reply.error)
        made, _ = read_reply(asked, call.reply.text, self.problem, record)
        return made


def _ours(path: str) -> bool:
    parts = path.split("/")
    return path != TASK and not {"__pycache__", ".git", ".pytest_cache"} & set(parts)


def _filled(word: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        word = word.replace(name, value)
    return word


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _told_cost(log: str) -> float | None:
    """Read the cost that an agent told in its last line; None when it told none."""
    for line in reversed(log.strip().splitlines()[-3:]):
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            value = told.get("cost_usd") if isinstance(told, dict) else None
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6:
                return float(value)
    return None
