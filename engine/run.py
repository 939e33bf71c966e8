"""One search, from the seed programs to the final choice: the loop.

    problem -> task -> proposal -> patch -> program -> evaluation -> archive

The archive asks, a proposer answers with a git diff, the child is evaluated, the archive is told. Steps overlap
(steady state, no generation barrier), and every value is in the store before the next one is made from it, so that a
killed run goes on where it was: a task without a result is finished first, from whatever part of it is recorded.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cladogen.archives.base import Archive, Result
from cladogen.budget import Budget, Stop
from cladogen.errors import PatchRefused, ProblemError
from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.base import Evaluator
from cladogen.events import Observer, Progress, Told
from cladogen.finals import Final, choose_final
from cladogen.novelty import canonical
from cladogen.patch import Policy, apply_diff
from cladogen.problem import Problem
from cladogen.program import Node, Program
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.base import Proposer
from cladogen.record import RunRecord, told
from cladogen.store import Store
from cladogen.streams import stream
from cladogen.task import Measure, Propose, Task
from cladogen.workers import Workers

MAX_REPAIRS = 2


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run ended, and what it ships (None when it was interrupted before a choice)."""

    stop: Stop
    final: Final | None


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
        self.record = RunRecord(store, problem.score)
        self.noise = 0.0
        self._in_flight: dict[int, int] = {}

    # -- the method ---------------------------------------------------------------------------------------------

    async def search(self) -> Ending:
        """Take up what is recorded, measure the seeds, search until the budget ends, choose what ships."""
        with self.workers.listening():
            self.resume()
            await self.measure_seeds()
            await self.workers.each(self.finish, self.unfinished())
            stop = await self.workers.steady(self.step, until=self.stop_reason)
            final = await self.workers.unless_interrupted(choose_final(self))
            self.observer.end(stop, self.progress)
        return Ending(stop, final)

    async def step(self) -> None:
        """One turn: the archive asks, somebody answers, the archive is told."""
        await self.finish(self.ask())

    def ask(self, asker: str = "") -> Task:
        """Take the archive's next task; it is on disk before anybody works on it."""
        ticket = self.store.next_ticket()
        task = self.archive.ask(ticket, stream(self.seed, "archive", ticket))
        self.store.add_task(task, asker)
        return task

    async def finish(self, task: Task) -> None:
        """Work a task off, whatever part of it is recorded already."""
        self._in_flight[task.ticket] = self.evaluations_of(task)
        try:
            if isinstance(task, Measure):
                await self.measure(task)
            else:
                await self.carry_out(task, self.store.proposal(task.ticket) or await self.propose(task))
        finally:
            del self._in_flight[task.ticket]

    async def propose(self, task: Propose) -> Proposal:
        return await self.proposer.propose(task, self.record, stream(self.seed, "proposer", task.ticket))

    async def carry_out(self, task: Propose, proposal: Proposal) -> Result:
        """Apply and evaluate a proposal, then its repairs while it fails."""
        for round_ in range(MAX_REPAIRS + 1):
            self.store.add_proposal(proposal, round_)
            result = await self.attempt(task, proposal, round_)
            again = await self.repair(proposal, result, round_ + 1)
            self.tell(result, round_, proposal, last=again is None)
            if again is None:
                break
            proposal = again
        return result

    async def attempt(self, task: Propose, proposal: Proposal, round_: int) -> Result:
        """Make the child and evaluate it."""
        result = Result(
            task, Outcome.NO_REPLY, None, proposal.parents,
            cost_usd=proposal.cost.usd, operator=proposal.operator, reason=proposal.reason,
        )  # fmt: skip
        if not proposal.patch:
            return replace(result, outcome=Outcome.REFUSED) if proposal.code else result
        try:
            child = self.apply(proposal)
        except PatchRefused as refusal:
            return replace(result, outcome=Outcome.REFUSED, reason=str(refusal))
        key = canonical(child, self.problem.editable)
        made = self.store.program_of(task.ticket, round_)  # before a kill
        twin = self.record.twin(child, key) if made is None else None
        if twin is not None:
            return replace(result, outcome=Outcome.DUPLICATE, program=twin, reason=f"the same program as #{twin}")
        return await self.judge(result, child, key, round_)

    def apply(self, proposal: Proposal) -> Program:
        """Return the child that a proposal's patch makes of its first parent; raises PatchRefused."""
        parent = self.record.program(proposal.parents[0])
        child = apply_diff(parent, proposal.patch)
        Policy.for_problem(self.problem.editable, parent).check(parent, child)
        return child

    async def judge(self, result: Result, child: Program, key: bytes, round_: int) -> Result:
        """Evaluate a child; one that behaves as a known program did, and is no shorter, is a duplicate."""
        task = result.task
        assert isinstance(task, Propose)
        twins: list[int] = []

        def known(first: tuple[Evaluation, ...]) -> bool:
            twin = self.record.behaves_like(first)
            if twin is not None and _size(child) >= _size(self.record.program(twin)):
                twins.append(twin)
            return bool(twins)

        number = self.store.program_of(task.ticket, round_)
        recorded = self.recorded_evaluations(number, task.ticket)
        evaluations = recorded or await self.evaluator.evaluate(child, task.cases, known=known)
        if twins:
            reason = f"behaves as #{twins[0]} does"
            return replace(result, outcome=Outcome.DUPLICATE, program=twins[0], evaluations=evaluations, reason=reason)
        if number is None:
            number = self.enter(child, result.parents, task.ticket, key, round_)
            self.store.add_evaluations(number, task.ticket, evaluations)
        if task.cases is None:
            evaluations = await self.confirm(child, number, task.ticket, evaluations)
        infra = any(evaluation.status is Status.INFRA for evaluation in evaluations)
        outcome = Outcome.INFRA if infra else Outcome.ACCEPTED
        failed = next((e for e in evaluations if e.status is not Status.OK), None)
        return replace(
            result, outcome=outcome, program=number, evaluations=evaluations,
            reason="" if failed is None else f"{failed.status}: {failed.feedback}",
        )  # fmt: skip

    async def confirm(
        self, child: Program, number: int, ticket: int, evaluations: tuple[Evaluation, ...]
    ) -> tuple[Evaluation, ...]:
        """Measure again, in a sandbox that held no candidate, what would become the best; a difference is flagged."""
        first = self.problem.score(evaluations)
        best = self.best_fitness()
        if first.fitness is None or best is None or first.fitness <= best or any_fresh(self.store, number, ticket):
            return evaluations
        again = await self.evaluator.evaluate(child, fresh=True)
        again = tuple(evaluation for evaluation in again if evaluation.status is not Status.INFRA)
        self.store.add_evaluations(number, ticket, again, fresh=True)
        second = self.problem.score(again) if again else first
        if second.fitness is None or abs(second.fitness - first.fitness) > max(3 * self.noise, 1e-12):
            self.flag(
                f"#{number} scored {first.fitness:.9g}, and {second.fitness} ({second.status}) in a fresh sandbox"
            )
        return evaluations + again

    async def measure(self, task: Measure) -> Result:
        """Measure a known program on more cases."""
        evaluations = self.recorded_evaluations(task.program, task.ticket)
        if not evaluations:
            program = self.record.program(task.program)
            evaluations = await self.evaluator.evaluate(program, task.cases, seed=task.seed)
            self.store.add_evaluations(task.program, task.ticket, evaluations)
        infra = all(evaluation.status is Status.INFRA for evaluation in evaluations)
        outcome = Outcome.INFRA if infra else Outcome.MEASURED
        result = Result(task, outcome, task.program, evaluations=evaluations)
        self.tell(result, 0, None, last=True)
        return result

    async def repair(self, proposal: Proposal, result: Result, round_: int) -> Proposal | None:
        """Ask the proposer for a second try at what failed."""
        failed = result.outcome in (Outcome.REFUSED, Outcome.ACCEPTED) and result.reason
        if not failed or round_ > MAX_REPAIRS:
            return None
        rng = stream(self.seed, f"repair {round_}", proposal.ticket)
        recorded = self.store.proposal(proposal.ticket, round_)
        return recorded or await self.proposer.repair(proposal, result, self.record, rng)

    def tell(self, result: Result, round_: int, proposal: Proposal | None, *, last: bool) -> None:
        """Absorb a result, tell archive, proposer and budget, and write down what the archive made of it."""
        before = self.best_fitness()
        result = self.learn(result, round_, proposal)
        standing = self.archive.tell(result)
        self.store.add_result(
            result.task.ticket,
            round_,
            result.outcome.value,
            result.program,
            standing.value,
            result.reason,
            last=last,
        )
        after = self.best_fitness()
        improved = after is not None and (before is None or after > before)
        self.observer.told(Told(result, standing, proposal, improved), self.progress)

    def learn(self, result: Result, round_: int, proposal: Proposal | None) -> Result:
        """Fold a result, live or recorded, into the record, the budget and the proposer; return it with its score."""
        result = replace(result, score=self.record.absorb(result, round_))
        self.budget.tell(result, trials=proposal.trials if proposal is not None else 0, detail=result.reason)
        if proposal is not None:
            self.proposer.tell(proposal, result)
        return result

    # -- before the first step ------------------------------------------------------------------------------------

    def resume(self) -> None:
        """Fold the recorded results, in order, into record, archive, budget and proposer."""
        for result, round_, proposal in told(self.store, self.record):
            self.archive.tell(self.learn(result, round_, proposal))

    async def measure_seeds(self) -> None:
        """Measure every seed program, and the first one's noise; raises ProblemError when none of them runs."""
        for ticket, program in enumerate(self.problem.seeds):
            task = Propose(ticket, cases=self.archive.opening, note="seed")
            if self.store.task(ticket) is None or task.ticket in {
                open_.ticket for open_, _, _ in self.store.open_tasks()
            }:
                self.store.add_task(task)
                await self.measure_seed(task, program)
        self.noise = self.seed_noise()
        score = self.record.score(0)
        if self.archive.opening is None and not any(
            self.fitness(n) is not None for n in range(len(self.problem.seeds))
        ):
            feedback = score.feedback if score is not None else ""
            status = score.status if score is not None else "no score"
            raise ProblemError(f"{self.problem.folder}: no seed program has a score; #0 is {status}: {feedback}")

    async def measure_seed(self, task: Propose, program: Program) -> None:
        number = self.store.program_of(task.ticket, 0)
        if number is None:
            number = self.enter(program, (), task.ticket, canonical(program, self.problem.editable), 0)
        evaluations = self.recorded_evaluations(number, task.ticket)
        if not evaluations and task.cases != ():
            repeats = self.noise_repeats if task.cases is None and task.ticket == 0 else 1
            for seed in range(repeats):
                evaluations += await self.evaluator.evaluate(program, task.cases, seed=seed)
            self.store.add_evaluations(number, task.ticket, evaluations)
        self.tell(Result(task, Outcome.ACCEPTED, number, evaluations=evaluations), 0, None, last=True)

    def seed_noise(self) -> float:
        """Return the standard deviation of the first seed program's fitness over its repeated measurements."""
        rows: dict[int, list[Evaluation]] = {}
        for evaluation in self.record.evaluations(0):
            rows.setdefault(evaluation.seed, []).append(evaluation)
        values = [score.fitness for score in map(self.problem.score, rows.values()) if score.fitness is not None]
        return statistics.stdev(values) if len(values) > 1 else 0.0

    # -- small questions ------------------------------------------------------------------------------------------

    def enter(self, program: Program, parents: tuple[int, ...], ticket: int, key: bytes, round_: int) -> int:
        """Give a new program its number, on disk and in memory."""
        node = Node(self.record.size(), program.id, parents, ticket)
        self.store.add_program(program, node, round_, key)
        self.record.add(node, key)
        return node.number

    def recorded_evaluations(self, number: int | None, ticket: int) -> tuple[Evaluation, ...]:
        if number is None:
            return ()
        return tuple(evaluation for *_, evaluation in self.store.evaluations(number, ticket=ticket))

    def unfinished(self) -> Sequence[Task]:
        """Return the tasks that were in flight when the run last ended; tasks leased to an asker stay theirs."""
        return [task for task, asker, _ in self.store.open_tasks() if not asker]

    def evaluations_of(self, task: Task) -> int:
        """Return how many evaluations a task will take at most."""
        return len(self.evaluator.train if task.cases is None else task.cases)

    def stop_reason(self) -> Stop | None:
        return self.budget.stop_reason(in_flight=sum(self._in_flight.values()))

    def fitness(self, number: int) -> float | None:
        score = self.record.score(number) if number < self.record.size() else None
        return None if score is None else score.fitness

    def best(self) -> int | None:
        """Return the best program: by fitness, or by the archive's own rule when it measures case by case."""
        ranked = self.record.best() if self.archive.opening is None else self.archive.shortlist(1)
        return ranked[0] if ranked else None

    def best_fitness(self) -> float | None:
        ranked = self.record.best()
        return self.fitness(ranked[0]) if ranked else None

    def flag(self, text: str) -> None:
        """Record a difference that must not be hidden, and show it."""
        self.store.add_event("flag", {"text": text})
        self.observer.notice(text)

    def progress(self) -> Progress:
        """Return the state of the run at a glance."""
        best = self.best()
        return Progress(
            spend=self.budget.spend, programs=self.record.size(), best=best,
            best_fitness=None if best is None else self.fitness(best), seed_fitness=self.fitness(0), noise=self.noise,
            busy=self.workers.busy, slots=self.workers.slots, archive=self.archive.view(),
        )  # fmt: skip


def any_fresh(store: Store, number: int, ticket: int) -> bool:
    """Return whether a program was measured in a fresh sandbox under this ticket already."""
    return any(fresh for _, _, _, fresh, _ in store.evaluations(number, ticket=ticket))


def _size(program: Program) -> int:
    return sum(len(file.data) for file in program.files.values())
