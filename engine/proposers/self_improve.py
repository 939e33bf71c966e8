"""A program improves itself: its own improver, run in a sandbox on a working copy of it, proposes.

The Darwin Gödel Machine (arXiv:2505.22954), the Huxley-Gödel Machine (arXiv:2510.21614) and
Hyperagents: improver and solver are parts of one program, both may change, and an archive chooses
whose improver works next. What the improver leaves in the working copy is the child, notes of its
own included; beside the program it finds TASK.md and the folder EVIDENCE (`evidence`).

A child that cannot improve any more is a leaf, and so is a program whose improver failed three
times: asked for one of its children, this proposer takes its nearest ancestor that can.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cladogen.errors import ConfigError, ProblemError
from cladogen.evaluation import Status
from cladogen.expectation import mean_metric
from cladogen.ledger import Ledger, OverBudget, Stop
from cladogen.models.calls import CallLog, CallStatus, Message, Reply, Request, answer
from cladogen.patching.strict import apply_diff, make_diff
from cladogen.problem import Problem
from cladogen.program import File, Program
from cladogen.prompts.expectations import read_expectation
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.proposers.agent import CALLS_EACH, TASK, AgentProposer
from cladogen.proposers.agent_answer import without_beside
from cladogen.proposers.base import Record
from cladogen.proposers.evidence import FOLDER, evidence
from cladogen.proposers.regression import regressed
from cladogen.result import Result
from cladogen.sandboxes.base import Call, Execution, Job, SandboxNeeds
from cladogen.task import Propose

if TYPE_CHECKING:
    from cladogen.gateway.access import Access
    from cladogen.gateway.gateway import Gateway

STAGNANT = 12  # proposals without a better program, after which others have their turn
DRAWS = 30  # programs that are looked at for one that may
MOST_FAILURES = 3  # of a program's improver, before others are asked
ALIVE = "alive"
LEAF = "a leaf: "
THEIRS = "the improver"  # how a reason begins that counts against an improver
NO_CHANGE = "no-op"  # how a patch is refused that changes nothing
LOADS = (  # loads a function's file, as a call would
    "import importlib.util as u, sys; sys.path.insert(0, '.'); "
    "s = u.spec_from_file_location('entry', sys.argv[1]); m = u.module_from_spec(s); "
    "s.loader.exec_module(m); callable(getattr(m, sys.argv[2])) or sys.exit(1)"
)


class SelfImprove(AgentProposer):
    """Propose by the program's own improver: ``[program] improver``, or ``command`` in its place.

    The other options are those of `AgentProposer`. The improver runs in the image that the
    problem's programs run in unless ``image`` names another.
    """

    writes_first = False  # a program's improver needs a program
    operator = "self_improve"
    who = THEIRS

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
        revert: bool | str = False,
    ) -> None:
        words, function = _improver(problem, command)
        super().__init__(
            problem,
            trials,
            budget=budget,
            calls=calls,
            notify=notify,
            stopping=stopping,
            command=command or function or " ".join(words),
            time_s=time_s,
            memory_mb=memory_mb,
            usd_each=usd_each,
            sandbox=sandbox,
            image=image,
            network=network,
            folders=folders,
            leave_out=leave_out,
            runtime=runtime,
            gateway=gateway,
            calls_each=calls_each,
            tokens_each=tokens_each,
        )
        if words:
            self.sandbox.command = words
        self._function = function
        self.revert = _as_flag("revert", revert)
        if not image:
            self.sandbox.needs = _as_its_program(problem.sandbox, self.sandbox.needs)
        _check_free(problem)

    async def prepare(self) -> None:
        """Find out whether the improver's command is there; a function's file is in the seed."""
        await self._prepare_models()
        if not self._function:
            await self.sandbox.look_for_command()

    def entry(self) -> str | tuple[str, ...]:
        return self._function or super().entry()

    def cost_usd(self, log: str) -> float | None:
        """Return what the improver cost: nothing where it reaches no network and told nothing."""
        cost = super().cost_usd(log)
        return 0.0 if cost is None and not self.sandbox.needs.network else cost

    def beside(self, task: Propose, record: Record, rng: np.random.Generator) -> Mapping[str, File]:
        seed = int(rng.integers(1 << 31))
        return evidence(self.problem, record, task.parents[0], seed, alone=task.alone)

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Run the improver of the first parent, or of its nearest ancestor that can improve; with
        ``revert``, that of one that is no regression.
        """
        able = self._improvable(record, task.parents[0], rng)
        if able is None:
            reason = "no program of this lineage has an improver that works"
            self.budget.halt(Stop("failing", f"{reason}; see evolve list --proposals"))
            return Proposal(task.ticket, self.operator, task.parents, reason=reason)
        proposal = await super().propose(replace(task, parents=(able,)), record, rng)
        if not proposal.patch:
            return self._in_vain(proposal)
        child = apply_diff(record.program(able), proposal.patch)
        dead = await self._fault(child)
        if dead:
            return replace(proposal, patch="", reason=dead)
        await self._examine(child, task, record, able)
        return self._expecting(proposal, record)

    # -- who can improve

    def _improvable(self, record: Record, number: int, rng: np.random.Generator) -> int | None:
        """Return the program whose improver works next, None where there is none in the lineage.

        Revert on regression, explore on stagnation (EvolveMem): with ``revert``
        a program that is worse than its parent beyond noise gives its turn to its ancestor; when
        nothing got better for long, any program of the run that can improve may have the turn.
        """
        able = next(self._able(record, number), None)
        if not self.revert or able is None:
            return able
        if self._stagnates(record):
            number = self._drawn(record, rng, number)
        lineage = self._able(record, number)
        return next((each for each in lineage if self._is_no_regression(record, each)), able)

    def _drawn(self, record: Record, rng: np.random.Generator, number: int) -> int:
        """Return the first of a few drawn programs that is worth a turn, else this one."""
        drawn = (int(rng.integers(record.size())) for _ in range(DRAWS))
        return next((each for each in drawn if self._is_worth(record, each)), number)

    def _is_worth(self, record: Record, number: int) -> bool:
        able = next(self._able(record, number), None) == number
        return able and self._is_no_regression(record, number)

    def _is_no_regression(self, record: Record, number: int) -> bool:
        return not regressed(record, self.problem, number)

    def _stagnates(self, record: Record) -> bool:
        """Tell whether the best program is older than the last proposals."""
        latest, best = record.latest(STAGNANT), record.best()
        made = {result.program for _, result in latest}
        return len(latest) == STAGNANT and not made & set(best)

    def _able(self, record: Record, number: int) -> Iterator[int]:
        """Yield the program and its first ancestors, as far as they can improve."""
        while True:
            if not self._is_leaf(record, number) and failures(record, number) < MOST_FAILURES:
                yield number
            parents = record.node(number).parents
            if not parents:
                return
            number = parents[0]

    def _is_leaf(self, record: Record, number: int) -> bool:
        call = answer(self.log, record.node(number).ticket, 0, "check")
        return call is not None and call.reply is not None and call.reply.text.startswith(LEAF)

    # -- what a child can do

    async def _fault(self, child: Program) -> str:
        """Return why a child cannot even be loaded, "" when it can; nothing else is run of it."""
        if not isinstance(self.problem.entry, str):
            return ""
        path, _, name = self.problem.entry.partition(":")
        job = Job(
            child.files,
            ("python3", "-c", LOADS, path, name),
            (Call(b"null"),),
            self.problem.limits,
            program=child.id,
            tree=True,
        )
        (execution,) = await (await self.sandbox.started()).run(job)
        if execution.status in (Status.OK, Status.INFRA):
            return ""
        last = execution.log.strip().rpartition("\n")[2] or execution.detail
        return f"{THEIRS} left a program that cannot be loaded: {last}"

    async def _examine(self, child: Program, task: Propose, record: Record, parent: int) -> None:
        """Record whether a child's improver makes a change of a copy of the child, unless that is
        known.
        """
        if answer(self.log, task.ticket, 0, "check") is not None:
            return
        request = Request(task.ticket, 0, "check", self.command[0], (Message("user", child.id),))
        shown = evidence(self.problem, record, parent, task.ticket, alone=task.alone)
        beside = {TASK: File(b"Improve this program."), **shown}
        try:
            await self._check(request, child, beside)
        except OverBudget as stop:
            self._notify(f"the child of task {task.ticket} is not checked: {stop}")

    async def _check(self, request: Request, child: Program, beside: Mapping[str, File]) -> None:
        """Run a child's improver once, at a cost of its own, and record what it is worth."""
        if self._gateway is not None:
            access = self._access("check", request.ticket, child)
            await self._checked(request, child, beside, access)
            return
        held = await self.budget.reserve(Cost(self.usd_each, calls=1))
        cost = Cost(None, calls=1)
        try:
            cost = await self._checked(request, child, beside)
        finally:
            self.budget.settle(held, cost)

    async def _checked(
        self,
        request: Request,
        child: Program,
        beside: Mapping[str, File],
        access: Access | None = None,
    ) -> Cost:
        number = self.log.begin(request, 0, self.usd_each if access is None else 0.0)
        execution = await self._execute(request, child, beside, access)
        why, cost = _leaf(child, execution, beside), self._cost(execution, access)
        unknown = _is_unknown(execution, why, access)
        self.log.finish(number, _verdict(execution, why, unknown=unknown), cost)
        if access is not None and unknown:
            self._take_up(access)
        if why and not unknown:
            self._notify(f"the child of task {request.ticket} is {why}")
        return cost

    # -- what it says

    def _in_vain(self, proposal: Proposal) -> Proposal:
        """Say of an improver that it changed nothing, where that is all that is wrong."""
        if proposal.code != NO_CHANGE:
            return proposal
        return replace(proposal, code="", reason=f"{THEIRS} changed nothing")

    def _expecting(self, proposal: Proposal, record: Record) -> Proposal:
        """Return the proposal with what its improver said that it expects, if anything."""
        rows = record.evaluations(proposal.parents[0])
        cases = {row.case for row in rows}
        expected = read_expectation(proposal.reply, self.problem.named_metrics(), cases)
        if expected is None:
            return proposal
        before = mean_metric(rows, expected.metric, expected.cases)
        return replace(proposal, expectation=replace(expected, before=before))


def failures(record: Record, number: int) -> int:
    """Return how often a program's improver failed by its own fault: ended badly, changed nothing,
    or changed what it must not.
    """
    return sum(_by_own_fault(proposal, result) for proposal, result in record.proposals(number))


def _by_own_fault(proposal: Proposal, result: Result) -> bool:
    if proposal.operator != SelfImprove.operator:
        return False
    if result.outcome is Outcome.REFUSED:
        return True
    spoilt = f"{THEIRS} ended with {Status.INFRA.value}"
    theirs = result.reason.startswith(THEIRS) and not result.reason.startswith(spoilt)
    return result.outcome is Outcome.NO_REPLY and theirs


def _as_flag(name: str, value: bool | str) -> bool:
    """Return an option that is true or false; raises ConfigError for anything else."""
    word = str(value).strip().lower()
    if word not in ("true", "false"):
        raise ConfigError(f"proposer self_improve: {name} {value!r}: must be true or false")
    return word == "true"


def _is_spoilt(access: Access | None) -> bool:
    """Whether what a child asked of models was not answered, by no fault of its own."""
    return access is not None and bool(access.interrupted or access.spoilt)


def _is_unknown(execution: Execution, why: str, access: Access | None) -> bool:
    """Whether a check says nothing: the world failed, or what spoilt it was no fault of a child."""
    return execution.status is Status.INFRA or bool(why and _is_spoilt(access))


def _verdict(execution: Execution, why: str, *, unknown: bool) -> Reply:
    status = CallStatus.FAILED if unknown else CallStatus.REPLIED
    return Reply(status, why or ALIVE, execution.log, "stop")


def _leaf(child: Program, execution: Execution, beside: Mapping[str, File]) -> str:
    """Return why a program is a leaf, "" when it is none; the world's failures make none."""
    if execution.status is Status.INFRA:
        return ""
    if execution.status is not Status.OK or execution.files is None:
        return f"{LEAF}its improver ended with {execution.status.value}: {execution.detail}"
    try:
        left = Program.of(without_beside(execution.files, beside))
        return "" if make_diff(child, left) else f"{LEAF}its improver changes nothing"
    except ProblemError as error:
        return f"{LEAF}its improver leaves what is no program: {error}"


def _improver(problem: Problem, command: str) -> tuple[tuple[str, ...], str]:
    """Return a problem's improver: the words of its command, or its function; neither where a
    command is given. Raises ConfigError where there is none at all.
    """
    named = problem.improver
    if not named and not command:
        raise ConfigError(
            "proposer self_improve: the problem names no improver; say in problem.toml, "
            '[program], improver = "meta/improve.py:main", or give '
            "--proposer-option command=..."
        )
    if command:
        return (), ""
    return ((), named) if isinstance(named, str) else (named, "")


def _as_its_program(program: SandboxNeeds, asked: SandboxNeeds) -> SandboxNeeds:
    """Return the needs of a program's sandbox with the network, folders and models that were asked
    for.
    """
    folders = (*program.folders, *asked.folders)
    return replace(program, network=asked.network, folders=folders, models=asked.models)


def _check_free(problem: Problem) -> None:
    """Raise ConfigError when a seed has files where evidence goes."""
    for seed in problem.seeds:
        taken = next((path for path in seed if path.partition("/")[0] in (FOLDER, TASK)), "")
        if taken:
            raise ConfigError(
                f"proposer self_improve: the seed has {taken}, where evidence is laid; rename it"
            )
