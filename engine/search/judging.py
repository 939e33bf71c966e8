"""From a task to a result: apply the patch, catch what is known, evaluate the rest, and measure
again what would become the best.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from cladogen.errors import PatchRefused
from cladogen.evaluation import Evaluation, Score, Status, came_to_the_same, fitness_of
from cladogen.evaluators.base import Evaluator
from cladogen.gateway.caller import under
from cladogen.journal import once
from cladogen.patching.restore import to_read
from cladogen.patching.strict import apply_diff
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Outcome, Proposal
from cladogen.record.entries import ChildEntry, HeldoutEntry, MeasurementEntry
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.result import Result
from cladogen.safety import canary
from cladogen.search.approval import Approval
from cladogen.search.budget import Budget
from cladogen.search.canaries import Canaries
from cladogen.search.coevolution import Coevolution
from cladogen.search.made import with_child, without_child
from cladogen.search.proxy import Screen
from cladogen.search.racing import lost
from cladogen.source.novelty import canonical
from cladogen.task import Measure, Propose, Task

Rows = tuple[Evaluation, ...]
SAME = 1e-12  # two measurements that differ by no more are equal


class Duplicate(Exception):  # noqa: N818  (a find, not an error)
    """A child that is known already: by its text, or by what it does."""

    def __init__(self, reason: str, original: int | None = None, evaluations: Rows = ()) -> None:
        super().__init__(reason)
        self.original = original
        self.evaluations = evaluations  # that it took to find out


@dataclass(frozen=True, slots=True)
class Again:
    """What came of a proposal in the run that is replayed: a program, in so many rounds, that was
    run on its ``whole`` training or stopped at a stage, and ``confirmed`` by a second look or not.
    ``champions`` are the evolved cases that it was run on. All depended on what was known at that
    moment.
    """

    rounds: int
    confirmed: bool
    whole: bool
    champions: tuple[str, ...] = ()


class Judge:
    """Turn tasks and proposals into results; what is recorded of them is not done again.

    ``flag`` takes a line about a difference that a second measurement showed; ``cases`` are those
    that evolve against programs, if any do.
    """

    def __init__(
        self,
        problem: Problem,
        evaluator: Evaluator,
        store: Store,
        record: RunRecord,
        budget: Budget,
        flag: Callable[[str], None],
        cases: Coevolution,
        approval: Approval | None = None,
    ) -> None:
        self.problem, self.evaluator = problem, evaluator
        self.store, self.record = store, record
        self.budget = budget
        self.flag = flag
        self.cases = cases
        self.approval = approval  # None: nobody is asked
        self.canaries = Canaries(problem, evaluator, store, record, flag)
        self._screen = Screen(problem, record) if problem.proxy.cases else None
        self._evaluating: dict[str | bytes, int] = {}  # trees, canonical forms in flight: by ticket

    @property
    def whole(self) -> int:
        """The most evaluations that measuring a program on every training case makes."""
        own = len(self.evaluator.train) * self.problem.race.rounds
        return (own + len(self.cases.champions)) * self.problem.repeats

    def one_round(self, task: Task) -> int:
        """Return how many evaluations measuring a program on a task's cases once makes."""
        cases = self.evaluator.train if task.cases is None else task.cases
        return len(cases) * self.problem.repeats

    def most(self, task: Task) -> int:
        """Return how many evaluations one program of a task may take."""
        return self.whole if task.cases is None else self.one_round(task)

    def trials(self, proposal: Proposal | None) -> int:
        """Return how many evaluations a proposer spent on what it tried."""
        return 0 if proposal is None else proposal.trials * len(self.evaluator.train)

    async def reserve(self, task: Task) -> None:
        """Reserve what a task may take, less what is recorded of it; raises OverCap."""
        most = self._not_recorded(task)
        await self.budget.reserve_task(task.ticket, most, proposals=isinstance(task, Propose))

    async def reserve_evaluations(self, task: Task) -> bool:
        """Reserve the evaluations of a proposal that is there; False when they do not fit."""
        return await self.budget.evaluations.reserve(task.ticket, self._not_recorded(task))

    def _not_recorded(self, task: Task) -> int:
        """Return the most evaluations that a task may take; 0 when they are recorded already."""
        return 0 if self.store.pending_evaluations(task.ticket) else self.most(task)

    async def reserve_repair(self, task: Task) -> bool:
        """Reserve what a repair may take; False when a cap does not allow it any more."""
        return await self.budget.reserve_repair(task.ticket, self.most(task))

    async def measure(self, task: Measure) -> Result:
        """Measure a known program on more cases."""

        async def made() -> Rows:
            program = self.record.program(task.program)
            rows = self.cases.made.pop((task.program, task.cases), ())
            with under(task.ticket):
                rows = rows or await self.evaluator.evaluate(program, task.cases, seed=task.seed)
            self.budget.evaluations.charge(task.ticket, len(rows))
            return rows

        rows = await once(MeasurementEntry(self.store, task.program, task.ticket), made)
        infra = all(row.status is Status.INFRA for row in rows)
        outcome = Outcome.INFRA if infra else Outcome.MEASURED
        return Result(task, outcome, task.program, evaluations=rows)

    async def heldout(self, number: int) -> Rows:
        """Return a program's held-out evaluations, made now unless they are recorded."""
        ticket = self.record.node(number).ticket
        program, cases = self.record.program(number), self.evaluator.heldout
        with under(ticket):
            return await once(
                HeldoutEntry(self.store, number, ticket),
                lambda: self.evaluator.evaluate(program, cases, fresh=True),
            )

    async def attempt(
        self, task: Propose, proposal: Proposal, round_: int, *, again: Again | None = None
    ) -> Result:
        """Make a proposal's child and evaluate it; a replay says what came of it then."""
        result = without_child(task, proposal)
        if not proposal.patch:
            return result
        try:
            child = self.apply(proposal)
        except PatchRefused as refusal:
            return replace(result, outcome=Outcome.REFUSED, reason=str(refusal))
        key = canonical(child, self.problem.editable)
        parents, ticket = result.parents, task.ticket
        entry = ChildEntry(self.store, self.record, child, parents, ticket, round_, key)
        if self.approval is not None and self._is_new(entry):
            why = await self._not_approved(proposal, round_, child)
            if why:
                return replace(result, outcome=Outcome.REFUSED, reason=why)
        try:
            number, rows = await self._measured(entry, task, again)
        except Duplicate as found:
            return replace(
                result,
                outcome=Outcome.DUPLICATE,
                program=found.original,
                evaluations=found.evaluations,
                reason=str(found),
            )
        if await self.canaries.cheats(number, ticket, rows):
            rows = self.canaries.without_score(number, ticket, rows)
            result = replace(result, program=number, evaluations=rows)
            return replace(result, outcome=Outcome.REFUSED, reason=canary.REASON)
        if task.cases is None:
            rows += await self._confirm(child, number, ticket, rows, again)
        return with_child(replace(result, program=number, evaluations=rows))

    async def _measured(
        self, entry: ChildEntry, task: Propose, again: Again | None
    ) -> tuple[int, Rows]:
        """Return a child's number with its evaluations. Of a program that is proposed again as the
        world failed when it was first, nothing is known: it is evaluated now.
        """
        child, key = entry.program, entry.canonical
        number = None if entry.read() else self.record.original(child, key)
        score = None if number is None else self.record.score(number)
        if number is None or score is None or score.status is not Status.INFRA:
            return await once(entry, partial(self._evaluate, task, child, key, again))

        async def made() -> Rows:
            with self._alone(task.ticket, child, key), under(task.ticket):
                rows = await self.evaluator.evaluate(child, task.cases)
            self.budget.evaluations.charge(task.ticket, len(rows))
            return rows

        return number, await once(MeasurementEntry(self.store, number, task.ticket), made)

    def apply(self, proposal: Proposal) -> Program:
        """Return what a patch makes of the first parent; raises PatchRefused, also outside what may
        change.
        """
        parent = self.record.program(proposal.parents[0])
        child = apply_diff(parent, proposal.patch)
        self.problem.policy.check(parent, child)
        return child

    def _is_new(self, entry: ChildEntry) -> bool:
        """Tell whether a child is to be run: it is not recorded, and no other is the same."""
        original = self.record.original(entry.program, entry.canonical)
        return entry.read() is None and original is None

    async def _not_approved(self, proposal: Proposal, round_: int, child: Program) -> str:
        """Return why a person does not let a child be run, "" when it may be."""
        if self.approval is None:
            return ""
        parent = self.record.program(proposal.parents[0])
        return await self.approval.refusal(proposal, round_, parent, child)

    # -- a child's own evaluations

    async def _evaluate(
        self, task: Propose, child: Program, key: bytes, again: Again | None = None
    ) -> Rows:
        """Return a new child's evaluations; raises Duplicate for one that is known."""
        original = self.record.original(child, key)
        if original is not None:
            raise Duplicate(f"the same program as #{original}", original)
        alike: list[int] = []

        def known(first: Rows) -> bool:
            alike[:] = self._behaves_like(child, first) if again is None else []
            return bool(alike) or self._screened(child, first, again)

        with self._alone(task.ticket, child, key), under(task.ticket):
            rows = await self.evaluator.evaluate(child, task.cases, known=known)
            if task.cases is None and not alike:
                rows += await self._rest(child, rows, again)
                rows = await self._raced(child, rows, again)
                rows += await self._challenged(child, rows, again)
        self.budget.evaluations.charge(task.ticket, len(rows))
        if alike:
            raise Duplicate(f"behaves as #{alike[0]} does", alike[0], rows)
        return rows

    def _screened(self, child: Program, first: Rows, again: Again | None) -> bool:
        """Tell whether a proxy says that a child is not worth the rest of its cases."""
        if self._screen is None:
            return False
        return not (self._screen.goes_on(child.id, first) if again is None else again.whole)

    async def _rest(self, child: Program, rows: Rows, again: Again | None) -> Rows:
        """Return the evaluations that a child at which a stage stopped still needs: it would be the
        best by its cheap cases alone, and the best has run on all.
        """
        ran = _cases(rows)
        rest = tuple(case for case in self.evaluator.train if case not in ran)
        if not rest or any(row.status is not Status.OK for row in rows):
            return ()
        goes_on = self._would_be_best(self.record.score_of(rows)) if again is None else again.whole
        return await self.evaluator.evaluate(child, rest) if goes_on else ()

    async def _raced(self, child: Program, rows: Rows, again: Again | None) -> Rows:
        """Return a child's evaluations over the rounds that it took part in, with its first
        ``rows``.
        """
        race = self.problem.race
        for seed in range(1, race.rounds):
            best = self.record.best()
            known = self.record.evaluations(best[0]) if best else ()
            over = lost(race, self.problem.objective, rows, known)
            if over if again is None else seed >= again.rounds:
                break
            rows += await self.evaluator.evaluate(child, _cases(rows), seed=seed)
        return rows

    async def _challenged(self, child: Program, rows: Rows, again: Again | None) -> Rows:
        """Return the evaluations of a child on the champions among evolved cases, when it ran well
        on all of the problem's own.
        """
        cases = self.cases.champions if again is None else again.champions
        whole = set(_cases(rows)).issuperset(self.evaluator.train)
        if not cases or not whole or any(row.status is not Status.OK for row in rows):
            return ()
        return await self.evaluator.evaluate(child, cases)

    @contextlib.contextmanager
    def _alone(self, ticket: int, child: Program, key: bytes) -> Iterator[None]:
        """Let nobody else evaluate a child meanwhile; raises Duplicate when another task does."""
        names: list[str | bytes] = [child.id, key] if key else [child.id]
        for name in names:
            if name in self._evaluating:
                other = self._evaluating[name]
                raise Duplicate(f"the same program as task {other} is evaluating")
        self._evaluating |= dict.fromkeys(names, ticket)
        try:
            yield
        finally:
            for name in names:
                del self._evaluating[name]

    def _behaves_like(self, child: Program, rows: Rows) -> list[int]:
        """Return the known program that behaves like a child, unless there is less to read in the
        child or in its difference from the seed: then it is worth having. A child with an improver
        of its own does more than its cases show.
        """
        if self.problem.improver:
            return []
        number = self.record.behaves_like(rows)
        if number is None:
            return []
        known = self.record.program(number)
        shorter = bytes_of(child) < bytes_of(known)
        nearer = self.to_read(child) < self.to_read(known)
        return [] if shorter or nearer else [number]

    def to_read(self, program: Program) -> int:
        """Return how much there is to read in a program's difference from the seed."""
        return to_read(program, self.problem.seeds, self.problem.editable)

    # -- a second look

    async def _confirm(
        self, child: Program, number: int, ticket: int, rows: Rows, again: Again | None
    ) -> Rows:
        """Measure again, in a sandbox that held no candidate, what would become the best; flag a
        difference, and return the second measurement.
        """
        entry = MeasurementEntry(self.store, number, ticket, fresh=True)
        first = self.record.score_of(rows)
        if entry.read() is None:
            if not (self._would_be_best(first) if again is None else again.confirmed):
                return ()
            if not await self.budget.evaluations.reserve(ticket, self.whole):
                missing = "no evaluations are left to measure it again"
                self.flag(f"#{number} scored {first.fitness:.9g}; {missing}")
                return ()

        async def made() -> Rows:
            again: Rows = ()
            with under(ticket):
                for seed in self._fresh_seeds():
                    again += await self.evaluator.evaluate(
                        child, _cases(rows), seed=seed, fresh=True
                    )
            self.budget.evaluations.charge(ticket, len(again))
            return tuple(row for row in again if row.status is not Status.INFRA)

        second = await once(entry, made)
        if not came_to_the_same(rows, second):
            self._compare(number, first, self.problem.score(second) if second else first)
        return second

    def _fresh_seeds(self) -> range:
        """Return the random seeds of a second look: the same where scores are no chance, else new
        ones.
        """
        rounds = self.problem.race.rounds
        return range(rounds, 2 * rounds) if self.problem.race.on else range(1)

    def _would_be_best(self, score: Score) -> bool:
        best = self.record.best()
        bar = fitness_of(self.record.score(best[0])) if best else None
        return score.fitness is not None and bar is not None and score.fitness > bar

    def _compare(self, number: int, first: Score, second: Score) -> None:
        """Flag a second measurement that differs from the first by more than noise."""
        allowed = max(3 * self.record.noise, SAME)
        if second.fitness is None:
            then = second.status.value
        elif first.fitness is None or abs(second.fitness - first.fitness) <= allowed:
            return
        else:
            then = f"{second.fitness:.9g}"
        self.flag(
            f"#{number} scored {first.fitness:.9g}, and in a fresh sandbox {then}; both are counted"
        )


def _cases(rows: Rows) -> tuple[str, ...]:
    """Return the cases that evaluations are of, in their order."""
    return tuple(dict.fromkeys(row.case for row in rows))


def bytes_of(program: Program) -> int:
    """Return how many bytes a program's files have."""
    return sum(len(file.data) for file in program.files.values())
