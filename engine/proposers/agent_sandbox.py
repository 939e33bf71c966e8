"""Where an agent's command runs: a sandbox of its own, started when it is first needed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cladogen.errors import ModelError
from cladogen.ledger import Ledger, Stop
from cladogen.problem import Problem
from cladogen.sandboxes.base import Call, Execution, Job, Limits, Sandbox, SandboxNeeds
from cladogen.sandboxes.network.allow_list import header

NO_COMMAND = 127  # how a shell ends when it does not find what it was to run
LOOKS = 'command -v -- "$1" >/dev/null || exit 127'
LOOK_S = 20.0


@dataclass(slots=True)
class AgentSandbox:
    """Runs ``command``, or what stands in its place, under ``limits``. ``kind`` names the sandbox;
    a run whose command is nowhere ends through ``budget``.
    """

    problem: Problem
    command: tuple[str, ...]
    limits: Limits
    needs: SandboxNeeds
    kind: str
    runtime: str
    budget: Ledger
    notify: Callable[[str], None]
    _sandbox: Sandbox | None = None
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def started(self) -> Sandbox:
        """Return the sandbox, opened."""
        if self._sandbox is None:
            from cladogen.sandboxes.choose import open_sandbox

            opening = open_sandbox(
                self.kind,
                self.needs,
                folder=self.problem.folder,
                limits=self.limits,
                runtime=self.runtime,
                allow_local=False,
                progress=self.notify,
            )
            self._sandbox = await self._stack.enter_async_context(opening)
            for _, text in header(self.needs.network, self._sandbox.name):
                self.notify(f"the agent's network is {text}")
        return self._sandbox

    async def close(self) -> None:
        """End the sandbox."""
        await self._stack.aclose()

    async def look_for_command(self) -> None:
        """Raise ModelError when the command is not there, before anything is spent."""
        seed = self.problem.begins_with[0]
        job = Job(
            seed.files,
            ("sh", "-c", LOOKS, "sh", self.command[0]),
            (Call(b"null"),),
            replace(self.limits, time_s=LOOK_S, cpu_s=LOOK_S),
            program=seed.id,
            fresh=True,
            tree=True,
        )
        sandbox = await self.started()
        (execution,) = await sandbox.run(job)
        if execution.detail == f"sh ended with exit status {NO_COMMAND}":
            raise ModelError(self._not_there(sandbox))

    async def run(self, job: Job) -> Execution:
        """Run a job of one call; end the run where its command turns out to be nowhere."""
        sandbox = await self.started()
        (execution,) = await sandbox.run(job)
        name = self.command[0]
        theirs = name.startswith("./") or name in job.files  # the program's own, or was
        if execution.detail == f"{name}: No such file or directory" and not theirs:
            self.budget.halt(Stop("failing", self._not_there(sandbox)))
        return execution

    def _not_there(self, sandbox: Sandbox) -> str:
        """Say that the command is missing, and what to do."""
        where, how = f"the {sandbox.name} sandbox", "folders=DIR,... or its whole path"
        if sandbox.name == "docker":
            where, how = "the sandbox's image", "image=NAME"
        return (
            f"proposer agent: {self.command[0]}: not in {where}; give --proposer-option {how}, or "
            "--model 'cli:COMMAND' for a command of this machine that answers in text"
        )
