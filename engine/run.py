"""One search, from the seed programs to the final choice: the loop.

    problem -> task -> proposal -> patch -> program -> evaluation -> archive

The archive asks, a proposer answers with a git diff, the child is evaluated, the archive is told.
Steps overlap (steady state, no generation barrier), and every value goes through the journal before
the next one is made from it, so that a killed run goes on where it was: a task without a result is
finished first, from whatever part of it is recorded.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from cladogen.archives.base import said
from cladogen.events import Asked, Ending, Judged, Proposed, Told
from cladogen.journal import once
from cladogen.proposal import Proposal
from cladogen.record.entries import ProposalEntry
from cladogen.result import Result
from cladogen.search.approval import Undecided
from cladogen.search.budget import OverCap
from cladogen.search.final_choice import FinalChoice
from cladogen.search.fold import RunFold
from cladogen.search.seeding import Seeding
from cladogen.search.streams import stream
from cladogen.search.world import StillAway
from cladogen.task import Measure, Propose, Task

MAX_REPAIRS = 2


class Run(RunFold):
    """A search over programs for a problem."""

    @property
    def seeding(self) -> Seeding:
        return Seeding(
            self.judge, self.archive.opening, self.noise_repeats, self.tell, self.announce.notice
        )

    @property
    def final_choice(self) -> FinalChoice:
        shortens = "shorten" in self.extras.hints
        return FinalChoice(self.judge, self.overview, self.shortlist, self.finish, shortens)

    async def search(self) -> Ending:
        """Resume, measure the seeds, search until the budget ends, choose what ships."""
        workers, here = self.workers, self.world.unless_away
        with workers.listening(self.announce.interrupted):
            self.seal.begin()
            self.resume()
            await workers.unless_interrupted(self.prepare())
            self.start_clock()
            await workers.unless_interrupted(here(self.seeding.measure), timed=True)
            await workers.each(self.finish, self.store.unfinished())
            stop = await workers.steady(self.step, until=self.steering.stop_reason)
            self.checkpoints.end()
            self.seal.check()
            final = await workers.unless_interrupted(here(self.final_choice.choose, stop))
        return self.announce.ended(stop, final)

    async def step(self) -> None:
        """One turn: the archive asks, somebody answers, the archive is told."""
        await self.steering.let_through()
        here = await self.world.here()
        await self.budget.available()
        if here and self.steering.stop_reason() is None:
            await self.world.unless_away(self.cases.step)
        # Others may have used up what there was, or somebody may have asked for the end.
        if here and self.steering.stop_reason() is None:
            await self.finish(self.ask())

    def ask(self, asker: str = "") -> Task:
        """Take the archive's next task; it is recorded before anybody works on it."""
        ticket = self.store.next_ticket()
        task: Task | None = self.steering.measurement(ticket, self.evaluator.train)
        task = task or self.cases.measurement(ticket)
        if task is None:
            task = self.archive.ask(ticket, stream(self.seed, "archive", ticket))
            self.announce.flag_if(said(self.archive))
            task = self.steering.directed(task, partial(stream, self.seed, "steering", ticket))
        self.store.add_task(task, asker)
        self.announce.happened(Asked(task, asker))
        return task

    async def finish(self, task: Task) -> None:
        """Work a task off, whatever part of it is recorded already. One that a cap does not allow,
        for which the world stays away, or about which a person says nothing, is left open.
        """
        self.in_flight[task.ticket] = task
        try:
            await self.judge.reserve(task)
            if isinstance(task, Measure):
                self.tell(await self.judge.measure(task), 0, None, last=True)
            else:
                await self.carry_out(task)
        except (OverCap, StillAway, Undecided):
            return
        finally:
            del self.in_flight[task.ticket]
            self.budget.give_back(task.ticket)

    async def carry_out(self, task: Propose) -> None:
        """Propose a child and evaluate it, then its repairs while it fails. Rounds that have a
        result are over.
        """
        round_ = self.store.rounds_done(task.ticket)
        proposal: Proposal | None = await self.propose(task, round_)
        while proposal is not None:
            self.budget.charge_proposal(task.ticket, self.judge.trials(proposal))
            self.announce.happened(Proposed(proposal, round_))
            result = await self.judge.attempt(task, proposal, round_)
            self.announce.happened(Judged(result, round_))
            again = await self.repair(task, proposal, result, round_ + 1)
            self.tell(result, round_, proposal, last=again is None)
            proposal, round_ = again, round_ + 1

    async def propose(self, task: Propose, round_: int) -> Proposal | None:
        rng = stream(self.seed, "proposer", task.ticket)
        entry = ProposalEntry(self.store, task.ticket, round_)
        return await once(entry, lambda: self.proposer.propose(task, self.record, rng))

    async def repair(
        self, task: Propose, proposal: Proposal, result: Result, round_: int
    ) -> Proposal | None:
        """Return a second try at what was refused, or whose child failed; None to leave it."""
        if not result.mendable or round_ > MAX_REPAIRS:
            return None
        if not await self.judge.reserve_repair(task):
            return None
        rng = stream(self.seed, f"repair {round_}", proposal.ticket)
        entry = ProposalEntry(self.store, task.ticket, round_)
        return await once(entry, lambda: self.proposer.repair(proposal, result, self.record, rng))

    def tell(self, result: Result, round_: int, proposal: Proposal | None, *, last: bool) -> bool:
        """Learn from a result, tell the archive, and record what the archive made of it; return
        whether there is a new best.
        """
        before = self.overview.best_fitness()
        result = result if result.last is last else replace(result, last=last)
        result = self.learn(result, round_, proposal)
        standing = self.archive.tell(result)
        named = self.naming.after(result, proposal)
        self.store.add_result(result, round_, standing, named)
        improved = self.overview.is_above(before) if named is None else named.by(result)
        self.checkpoints.note((result,))
        self.checkpoints.write_when_due()
        self.announce.told(Told(result, standing, proposal, improved, named))
        return improved
