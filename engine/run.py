"""One search, from the seed programs to the final choice: the loop.

    problem -> task -> proposal -> patch -> program -> evaluation -> archive

The archive asks, a proposer answers with a git diff, the child is evaluated, the archive is told.
Steps overlap (steady state, no generation barrier), and every value is in the store before the next
one is made from it, so that a killed run goes on where it was: a task without a result is finished
first, from whatever part of it is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cladogen.archives.base import Archive, Result, take_up
from cladogen.evaluation import Status
from cladogen.evaluators.base import Evaluator
from cladogen.events import Ending, Observer, Progress, Told
from cladogen.git.heads import ELITES, heads
from cladogen.problem import Problem
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.base import Proposer
from cladogen.record.fold import folded, uncollected
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.search.budget import Budget, Stop
from cladogen.search.final_choice import Final, choose_final
from cladogen.search.interrupts import acknowledgement
from cladogen.search.judging import Judge
from cladogen.search.seeding import measure_seeds
from cladogen.search.streams import stream
from cladogen.search.workers import Workers
from cladogen.task import Measure, Propose, Task

MAX_REPAIRS = 2


class Run:
    """A search over programs for a problem."""

    def __init__(
        self,
        *,
        problem: Problem,
        archive: Archive,
        proposer: Proposer,
        evaluator: Evaluator,
        store: Store,
        budget: Budget,
        observer: Observer,
        workers: Workers,
        seed: int = 0,
        noise_repeats: int = 3,
        shortlist: int = 5,
    ) -> None:
        self.problem = problem
        self.archive = archive
        self.proposer = proposer
        self.evaluator = evaluator
        self.store = store
        self.budget = budget
        self.observer = observer
        self.workers = workers
        self.seed = seed
        self.noise_repeats = noise_repeats
        self.shortlist = shortlist
        self.record = RunRecord(store, problem.score)
        self.judge = Judge(problem, evaluator, store, self.record, budget.room, self.flag)
        self.ships: int | None = None  # once it is chosen, from the list
        self.listed: Sequence[int] = ()
        self._in_flight: dict[int, Task] = {}

    async def search(self) -> Ending:
        """Take up what is recorded, measure the seeds, search until the budget ends, choose what
        ships.
        """
        with self.workers.listening(self.heard):
            self.resume()
            prepare = getattr(self.proposer, "prepare", None)
            if prepare is not None:  # a proposer that has somebody to ask
                await self.workers.unless_interrupted(prepare())
            self.budget.start_clock()
            await self.workers.unless_interrupted(measure_seeds(self))
            await self.workers.each(self.finish, self.unfinished())
            stop = await self.workers.steady(self.step, until=self.stop_reason)
            final = await self.workers.unless_interrupted(choose_final(self))
        self.store.add_event("end", {"kind": stop.kind, "text": stop.text, "best": self.best()})
        if final is not None:
            self.ships, self.listed = final.number, self.store.events("final")[-1].body["shortlist"]
        ending = self.ending(stop, final)
        self.observer.end(ending, self.progress)
        return ending

    async def step(self) -> None:
        """One turn: the archive asks, somebody answers, the archive is told."""
        await self.budget.room.vacant()
        if (
            self.stop_reason() is None
        ):  # while there was no room, another step may have used up what there was
            await self.finish(self.ask())

    def ask(self, asker: str = "") -> Task:
        """Take the archive's next task; it is on disk before anybody works on it."""
        ticket = self.store.next_ticket()
        task = self.archive.ask(ticket, stream(self.seed, "archive", ticket))
        self.store.add_task(task, asker)
        return task

    async def finish(self, task: Task) -> None:
        """Work a task off, whatever part of it is recorded already.

        One that may take more evaluations than the cap leaves is not begun; it stays open, for a
        run with more.
        """
        self._in_flight[task.ticket] = task
        try:
            if not await self.fits(task):
                return
            if isinstance(task, Measure):
                await self.measure(task)
            else:
                await self.carry_out(task)
        finally:
            del self._in_flight[task.ticket]
            self.budget.room.release(task.ticket)

    async def fits(self, task: Task) -> bool:
        """Hold the evaluations that a task may take; False when what the cap leaves is less."""
        recorded = self.store.pending_evaluations(task.ticket)  # made before the engine was killed
        return await self.budget.room.hold(task.ticket, 0 if recorded else self.judge.most(task))

    async def carry_out(self, task: Propose) -> Result:
        """Propose a child and evaluate it, then its repairs while it fails. Rounds that were told
        already are over.
        """
        first = self.store.rounds_done(task.ticket)
        proposal = self.store.proposal(task.ticket, first) or await self.propose(task)
        for round_ in range(first, MAX_REPAIRS + 1):
            self.budget.room.tried(task.ticket, self.trials(proposal))
            result = await self.judge.attempt(task, proposal, round_)
            again = await self.repair(task, proposal, result, round_ + 1)
            self.tell(result, round_, proposal, last=again is None)
            if again is None:
                break
            proposal = again
        return result

    async def propose(self, task: Propose) -> Proposal:
        """Ask the proposer; what it answers is on disk before anybody acts on it."""
        proposal = await self.proposer.propose(
            task, self.record, stream(self.seed, "proposer", task.ticket)
        )
        self.store.add_proposal(proposal, 0)
        return proposal

    async def repair(
        self, task: Propose, proposal: Proposal, result: Result, round_: int
    ) -> Proposal | None:
        """Ask the proposer for a second try at what was refused, or whose child failed; it is on
        disk, too.
        """
        failed = result.outcome in (Outcome.REFUSED, Outcome.ACCEPTED) and result.reason
        if (
            not failed
            or round_ > MAX_REPAIRS
            or not await self.budget.room.hold(task.ticket, self.judge.most(task))
        ):
            return None
        recorded = self.store.proposal(proposal.ticket, round_)
        if recorded is not None:
            return recorded
        rng = stream(self.seed, f"repair {round_}", proposal.ticket)
        again = await self.proposer.repair(proposal, result, self.record, rng)
        if again is not None:
            self.store.add_proposal(again, round_)
        return again

    async def measure(self, task: Measure) -> None:
        """Measure a known program on more cases."""
        evaluations = self.judge.recorded(task.program, task.ticket)
        if not evaluations:
            program = self.record.program(task.program)
            evaluations = await self.evaluator.evaluate(program, task.cases, seed=task.seed)
            self.budget.room.make(task.ticket, len(evaluations))
            self.store.add_evaluations(task.program, task.ticket, evaluations)
        infra = all(evaluation.status is Status.INFRA for evaluation in evaluations)
        outcome = Outcome.INFRA if infra else Outcome.MEASURED
        self.tell(Result(task, outcome, task.program, evaluations=evaluations), 0, None, last=True)

    def tell(self, result: Result, round_: int, proposal: Proposal | None, *, last: bool) -> None:
        """Absorb a result, tell the archive, and write down what the archive made of it."""
        if (
            result.outcome is Outcome.DUPLICATE and result.program is not None
        ):  # what it took to find out was made, too
            self.store.add_evaluations(
                result.program, result.task.ticket, result.evaluations, split="duplicate"
            )
        before = self.best_fitness()
        result = self.learn(replace(result, last=last), round_, proposal)
        standing = self.archive.tell(result)
        self.store.add_result(
            result.task.ticket,
            round_,
            result.outcome,
            result.program,
            standing,
            result.reason,
            last=last,
        )
        after = self.best_fitness()
        improved = after is not None and (before is None or after > before)
        self.observer.told(Told(result, standing, proposal, improved), self.progress)

    def learn(self, result: Result, round_: int, proposal: Proposal | None) -> Result:
        """Fold a result, live or recorded, into record, budget and proposer; return it with its
        program's score.
        """
        result = result.scored(self.record.absorb(result, round_))
        self.budget.tell(result, trials=self.trials(proposal), detail=result.reason)
        if proposal is not None:
            self.proposer.tell(proposal, result)
        return result

    def resume(self) -> None:
        """Fold the recorded results, in order, into record, archive, budget and proposer."""
        with uncollected():
            for result, round_, proposal in folded(self.store, self.record):
                self.archive.tell(self.learn(result, round_, proposal))
        for (
            task,
            asker,
            _,
        ) in self.store.open_tasks():  # what is recorded of them was made, though nobody was told
            self.budget.room.make(task.ticket, self.store.pending_evaluations(task.ticket))
            if asker:
                take_up(self.archive, task)
        if self.record.size():
            self.observer.notice(
                f"resumed: {self.record.size()} programs, {len(self.unfinished())} tasks to finish"
            )

    def unfinished(self) -> Sequence[Task]:
        """Return the tasks that were in flight when the run last ended; tasks leased to an asker
        stay theirs.
        """
        return [task for task, asker, _ in self.store.open_tasks() if not asker]

    def stop_reason(self) -> Stop | None:
        proposing = sum(isinstance(task, Propose) for task in self._in_flight.values())
        return self.budget.stop_reason(proposing=proposing)

    def trials(self, proposal: Proposal | None) -> int:
        """Return how many evaluations a proposer spent on what it tried."""
        return proposal.trials * len(self.evaluator.train) if proposal is not None else 0

    def best(self) -> int | None:
        """Return the best program: by fitness, or by the archive's own rule when it measures case
        by case.
        """
        ranked = self.record.best() if self.archive.opening is None else self.archive.shortlist(1)
        return ranked[0] if ranked else None

    def best_fitness(self) -> float | None:
        ranked = self.record.best()
        score = self.record.score(ranked[0]) if ranked else None
        return None if score is None else score.fitness

    def heads(self) -> dict[str, int]:
        """Return the programs that have a name in ``programs.git``."""
        best = self.best()
        listed = self.listed or self.record.best(ELITES)
        others = [number for number in listed if number != best]
        return heads(best, others[: ELITES - 1], self.ships)

    def heard(self, times: int) -> None:
        """Say at once that an interrupt was heard, and what is still awaited."""
        awaited = ", ".join(f"task {ticket}" for ticket in sorted(self._in_flight))
        phase = "the final choice" if self.budget.spend.proposals else "the seed programs"
        self.observer.notice(acknowledgement(times, awaited or phase, self.workers.grace_s))

    def flag(self, text: str) -> None:
        """Record a difference that must not be hidden, and show it."""
        self.store.add_event("flag", {"text": text})
        self.observer.notice(text)

    def ending(self, stop: Stop, final: Final | None) -> Ending:
        """Return why the run ended and what it ships, with the programs themselves."""
        number = final.number if final is not None else self.best()
        if number is None:
            return Ending(stop, final)
        return Ending(stop, final, self.record.program(number), self.record.program(0))

    def progress(self) -> Progress:
        """Return the state of the run at a glance."""
        best = self.best()
        scores = [
            None if number is None or number >= self.record.size() else self.record.score(number)
            for number in (best, 0)
        ]
        best_fitness, seed_fitness = [None if score is None else score.fitness for score in scores]
        return Progress(
            folder=self.store.folder,
            objective=self.problem.objective,
            spend=self.budget.spend,
            programs=self.record.size(),
            best=best,
            best_fitness=best_fitness,
            seed_fitness=seed_fitness,
            noise=self.judge.noise,
            busy=self.workers.busy,
            slots=self.workers.slots,
            archive=self.archive.view(),
            seconds_left=self.budget.seconds_left(),
            evaluations_left=self.budget.evaluations_left(),
        )
