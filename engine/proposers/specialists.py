"""Specialists: several proposers in one run, each perhaps for a part of the program only.

A bandit on gain per evaluation shares the turns out among them: a model, a coding agent, the
program's own improver, tuning without a model (Auto Research with specialists; OneManCompany). It
draws from a stream of its own, and the proposer that a task was given to is recorded before work
on it begins. One that is confined to globs of the program is shown no other file as
editable, and a proposal that leaves them is refused with the line that does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cladogen.errors import ConfigError, PatchRefused
from cladogen.journal import Entry, once
from cladogen.patching.first_change import first_change
from cladogen.patching.strict import apply_diff
from cladogen.problem import Problem
from cladogen.program import Program, matches
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.bandit import Bandit
from cladogen.proposers.base import (
    Extras,
    Proposer,
    Record,
    built_with,
    extras,
    give_back,
    kept,
)
from cladogen.proposers.case_writer import CaseWriter
from cladogen.proposers.gain import Gains
from cladogen.result import Result
from cladogen.task import Propose

FIRST = "first"  # the hint of a task whose program is still to be written
TRIAL = 0.5  # what a variant on trial costs next to an evaluation that is recorded
OUTSIDE = "protected-file"  # the code of a refusal for a file that must not change
LEFT = "outside-globs"  # the code of a proposal that leaves its specialist's globs


@dataclass(frozen=True, slots=True)
class Member:
    """A specialist, built: its name in the run, the globs it may change (none: all that may), its
    prior odds.
    """

    name: str
    proposer: Proposer
    only: tuple[str, ...] = ()
    weight: float = 1.0


class Specialists(Extras):
    """Share turns out among proposers. ``draw`` gives the random numbers of a ticket's choice,
    ``chosen`` the journal's entry of it (None: it is not recorded).
    """

    def __init__(
        self,
        problem: Problem,
        members: Sequence[Member],
        draw: Callable[[int], np.random.Generator],
        chosen: Callable[[int], Entry[str, str]] | None = None,
    ) -> None:
        self.problem = problem
        self.members = {member.name: member for member in members}
        weights = {member.name: member.weight for member in members}
        self.bandit = Bandit(tuple(weights), weights=weights, floor=0.2)
        self.gains = Gains()
        self._draw, self._chosen = draw, chosen
        each = [extras(member.proposer) for member in members]
        self.hints = tuple(dict.fromkeys(hint for one in each for hint in one.hints))
        self.writes_first = any(one.writes_first for one in each)

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Have the specialist propose whose turn it is."""
        member = self.members[await self._whose(task)]
        proposal = await member.proposer.propose(task, record, rng)
        return self._within(member, proposal, record)

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Have the one repair who proposed."""
        member = self.members.get(proposal.specialist)
        if member is None:
            return None
        again = await member.proposer.repair(proposal, failure, record, rng)
        return None if again is None else self._within(member, again, record)

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn who gains, and let the one learn who proposed; what came from elsewhere teaches
        nobody.
        """
        member = self.members.get(proposal.specialist)
        if member is None:
            return
        if result.outcome not in (Outcome.INFRA, Outcome.ABANDONED):
            gain = self.gains.of(proposal, result)
            cost = 1.0 + TRIAL * proposal.trials
            self.bandit.tell(member.name, gain, cost, useful=bool(proposal.patch))
        member.proposer.tell(proposal, result)

    def built_with(self) -> Any:
        """Return who there is, and what each is built with."""
        return [[each.name, each.weight, list(each.only), _kind(each), built_with(each.proposer)]
                for each in self.members.values()]  # fmt: skip

    def state(self) -> Any:
        """Return what was learnt, by the run and by each."""
        each = [kept(member.proposer) for member in self.members.values()]
        return [self.bandit.state(), self.gains.state(), each]

    def restore(self, state: Any) -> None:
        """Take in what `state` gave."""
        bandit, gains, each = state
        self.bandit.restore(bandit)
        self.gains.restore(gains)
        for member, its in zip(self.members.values(), each, strict=True):
            give_back(member.proposer, its)

    # -- whose turn it is

    async def _whose(self, task: Propose) -> str:
        async def drawn() -> str:
            return self.bandit.choose(self._draw(task.ticket), self._able(task))

        if self._chosen is None:
            return await drawn()
        name = await once(self._chosen(task.ticket), drawn)
        return name if name in self.members else await drawn()

    def _able(self, task: Propose) -> list[str]:
        """Return who can do what a task asks for: all, where it is nobody's own."""
        able = [name for name in self.members if self._does(name, task.hint)]
        return able or list(self.members)

    def _does(self, name: str, hint: str) -> bool:
        own = extras(self.members[name].proposer)
        return own.writes_first if hint == FIRST else hint in own.hints

    # -- what they may change

    def _within(self, member: Member, proposal: Proposal, record: Record) -> Proposal:
        """Return a proposal with its specialist's name, refused where it leaves its globs."""
        proposal = replace(proposal, specialist=member.name)
        if not member.only or not proposal.parents:
            return proposal
        left = self._left(member, proposal, record.program(proposal.parents[0]))
        return replace(proposal, patch="", code=LEFT, reason=left) if left else proposal

    def _left(self, member: Member, proposal: Proposal, parent: Program) -> str:
        """Return where a proposal leaves its specialist's globs, "" where it does not."""
        child = self._child(proposal, parent)
        for path in sorted(parent.files.keys() | child.files.keys()):
            if parent.files.get(path) != child.files.get(path) and not matches(path, member.only):
                where = f"{path}, {first_change(path, parent, child)}"
                return f"specialist {member.name} may change {', '.join(member.only)} only: {where}"
        return ""

    def _child(self, proposal: Proposal, parent: Program) -> Program:
        """Return what a proposal makes of its parent: the parent itself where it makes nothing, or
        is refused for more than its globs, and says so.

        A reply that was refused for a file is read once more under the run's own policy, to find
        the line.
        """
        with contextlib.suppress(PatchRefused):
            if proposal.patch:
                return apply_diff(parent, proposal.patch)
            if proposal.code == OUTSIDE and proposal.form:  # a model's reply, no agent's log
                from cladogen.patch import apply_reply

                return apply_reply(parent, proposal.reply, self.problem.policy).program
        return parent

    # -- what else they do

    def warm(self) -> None:
        """Let each begin to load what takes long."""
        for one in self._extras():
            one.warm()

    def estimate(self) -> list[str]:
        """Return what asking will cost, of each that says so."""
        return [line for one in self._extras() for line in one.estimate()]

    def case_writer(self) -> CaseWriter | None:
        """Return the first that has a model write case generators."""
        return next((found for one in self._extras() if (found := one.case_writer())), None)

    def call_usd(self) -> float | None:
        """Return what the dearest of them costs; None when nobody knows."""
        known = [usd for one in self._extras() if (usd := one.call_usd()) is not None]
        return max(known, default=None)

    async def prepare(self) -> None:
        """Find out whether each can be asked."""
        for one in self._extras():
            await one.prepare()

    async def close(self) -> None:
        """End what they keep open."""
        for one in self._extras():
            await one.close()

    def _extras(self) -> list[Extras]:
        return [extras(member.proposer) for member in self.members.values()]


def _kind(member: Member) -> str:
    kind = type(member.proposer)
    return f"{kind.__module__}:{kind.__qualname__}"


def confined(problem: Problem, name: str, only: tuple[str, ...]) -> Problem:
    """Return the problem as a specialist sees it who may change ``only`` these globs; raises
    ConfigError when no file of a seed that may change is among them.
    """
    if not only:
        return problem
    files = _seed_files(problem, only)
    if not any(map(problem.may_change, files)):
        editable = ", ".join(problem.editable)
        raise ConfigError(
            f"specialist {name}: only = {', '.join(only)}: no file of the seed that may change "
            f"({editable}) is among them"
        )
    kept = tuple(dict.fromkeys(path for path in files if not problem.may_change(path)))
    return replace(problem, editable=only, protected=(*problem.protected, *kept))


def _seed_files(problem: Problem, globs: tuple[str, ...]) -> list[str]:
    """Return the files of every seed that globs match."""
    return [path for seed in problem.begins_with for path in seed.files if matches(path, globs)]
