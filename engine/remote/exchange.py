"""Elites from other engines, as proposals; this run's own elites, for the others.

Several runs of one problem exchange what they found through a `SharedPlace`. A program from
elsewhere is a proposal like any other: recorded before it is used, and measured here, since a score
from elsewhere is not one that this run can vouch for. A run that never hears from the others goes
on.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.errors import CladogenError
from cladogen.patching.strict import make_diff
from cladogen.problem import Problem
from cladogen.problem.edits import folder_hash
from cladogen.program import Program
from cladogen.proposal import Proposal
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
from cladogen.remote.shared_place import Elite, PlaceAway, SharedPlace
from cladogen.task import Propose, Purpose

OPERATOR = "shared"
GIVEN = 4  # of the best programs, to the others
EACH = 3  # tasks of the run's own between two programs from elsewhere
LAST_S = 10.0  # for the last exchange, when the run ends
NOT_IN_A_REF = re.compile(r"[^A-Za-z0-9_-]+")
OFFERED = re.compile(r"program ([0-9a-f]{40}) of ")


class Exchange(Extras):
    """A proposer that now and then answers with a program from elsewhere, and else asks
    ``proposer``. Every ``every_s`` seconds it looks at the place, and gives.
    """

    def __init__(
        self,
        proposer: Proposer,
        place: SharedPlace,
        problem: Problem,
        notice: Callable[[str], None],
        every_s: float,
    ) -> None:
        self.proposer, self._place, self._problem = proposer, place, problem
        self._notice, self._every_s = notice, every_s
        self.hints = extras(proposer).hints
        self._waiting: deque[tuple[Elite, Program]] = deque()
        self._known: set[str] = {seed.id for seed in problem.seeds}  # trees: offered, or given
        self._offered: set[str] = set()  # of these, what came of it is recorded
        self._record: Record | None = None
        self._since = 0
        self._owed = False  # something was not sent yet
        self._trouble = ""
        self._looking: asyncio.Task[None] | None = None

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return a program from elsewhere when it is time and one is there."""
        self._record = record
        own = task.alone or task.hint or task.purpose is not Purpose.SEARCH
        if own or not self._waiting or self._since < EACH:
            self._since += 1
            return await self.proposer.propose(task, record, rng)
        self._since = 0
        elite, program = self._waiting.popleft()
        return Proposal(
            task.ticket,
            OPERATOR,
            (0,),  # of its lineage nothing is known but that it began with a seed program
            make_diff(record.program(0), program),
            summary=f"program {elite.tree} of {elite.engine}",
        )

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        if proposal.operator == OPERATOR:
            return None
        return await self.proposer.repair(proposal, failure, record, rng)

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Remember what was offered already, also of recorded proposals."""
        if proposal.operator != OPERATOR:
            self.proposer.tell(proposal, result)
        elif found := OFFERED.match(proposal.summary):
            self._known.add(found[1])
            self._offered.add(found[1])

    def built_with(self) -> Any:
        return built_with(self.proposer)

    def state(self) -> Any:
        """Return what was offered, and what the run's own proposer has learnt."""
        return [kept(self.proposer), sorted(self._offered)]

    def restore(self, state: Any) -> None:
        proposer, offered = state
        give_back(self.proposer, proposer)
        self._offered.update(offered)
        self._known |= self._offered

    def warm(self) -> None:
        extras(self.proposer).warm()

    def estimate(self) -> list[str]:
        return extras(self.proposer).estimate()

    def case_writer(self) -> CaseWriter | None:
        return extras(self.proposer).case_writer()

    def call_usd(self) -> float | None:
        return extras(self.proposer).call_usd()

    async def prepare(self) -> None:
        await extras(self.proposer).prepare()
        self._looking = asyncio.ensure_future(self._keep_looking())

    async def close(self) -> None:
        """Give the last elites, within some seconds."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_S):
                    await self._said(self._give)
        await extras(self.proposer).close()

    async def _keep_looking(self) -> None:
        await self._said(self._take_up)
        while True:
            await self._said(self._look)
            await asyncio.sleep(self._every_s)
            await self._said(self._give)

    async def _said(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do a part of the exchange; say once what is in its way."""
        try:
            await work()
        except PlaceAway as away:
            if not self._trouble:
                self._notice(f"{self._place.remote}: {away}; the run goes on by itself meanwhile")
            self._trouble = str(away)

    def _answered(self) -> None:
        if self._trouble:
            self._notice(f"{self._place.remote}: answers again")
        self._trouble = ""

    async def _take_up(self) -> None:
        """Remember what earlier sessions gave; some of it may not have been sent."""
        given = await self._place.given()
        self._known |= given
        self._owed = bool(given)

    async def _look(self) -> None:
        elites = await self._place.look(self._known)
        self._answered()
        for elite in elites:
            self._known.add(elite.tree)
            try:
                program = await self._place.program(elite)
                self._problem.policy.check(self._problem.seeds[0], program)
            except CladogenError as error:
                self._notice(f"from {elite.engine}, not taken: {error}")
                continue
            self._waiting.append((elite, program))

    async def _give(self) -> None:
        """Add what is among the best and not given yet; send it, and what could not be sent."""
        fresh = [] if self._record is None else self._ungiven(self._record)
        if fresh:
            await self._place.add(fresh)
            self._known |= {program.id for program, _ in fresh}
            self._owed = True
        if self._owed:
            await self._place.push()
            self._owed = False

    def _ungiven(self, record: Record) -> list[tuple[Program, str]]:
        """Return programs among the best that nobody left at the place, the best one last."""
        return [
            (record.program(number), self._words(record, number))
            for number in reversed(record.best(GIVEN))
            if record.node(number).program not in self._known
        ]

    def _words(self, record: Record, number: int) -> str:
        score = record.score(number)
        objective = self._problem.objective
        value = "" if score is None else f": {objective.name} {score.metrics[objective.name]:.9g}"
        return f"#{number} of {self._place.engine}{value}\n"


def place_of(run: Path, remote: str, problem: Problem) -> SharedPlace:
    """Return the shared place for a run: its branch is named after machine, folder and path."""
    host = socket.gethostname()
    path = hashlib.sha256(f"{host}:{run.resolve()}".encode()).hexdigest()[:8]
    engine = "-".join(NOT_IN_A_REF.sub("_", word) for word in (host, run.name, path))
    name = f"{problem.name}-{problem.variant}" if problem.variant else problem.name
    key = f"{NOT_IN_A_REF.sub('_', name)}-{folder_hash(problem.folder)[:12]}"
    where = remote if "://" in remote or not Path(remote).exists() else str(Path(remote).resolve())
    return SharedPlace(where, run / "shared.git", key, engine)
