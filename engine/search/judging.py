"""From a proposal to evaluations: apply the patch, catch what is known, run the rest, measure a
would-be best again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cladogen.archives.base import Result
from cladogen.errors import PatchRefused
from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.base import Evaluator
from cladogen.novelty import canonical
from cladogen.patch import apply_diff
from cladogen.patching.restore import to_read
from cladogen.problem import Problem
from cladogen.program import Node, Program
from cladogen.proposal import Outcome, Proposal
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.search.evaluation_cap import EvaluationCap
from cladogen.task import Propose, Task


class Judge:
    """Turn proposals into results. Everything is on disk before it is answered; what is on disk is
    not done again.

    ``noise`` is the standard deviation of the seed's fitness; ``flag`` takes a line about a
    difference that a second measurement showed.
    """

    def __init__(
        self,
        problem: Problem,
        evaluator: Evaluator,
        store: Store,
        record: RunRecord,
        room: EvaluationCap,
        flag: Callable[[str], None],
    ) -> None:
        self.problem = problem
        self.evaluator = evaluator
        self.store = store
        self.record = record
        self.room = room
        self.flag = flag
        self.noise = 0.0
        self._evaluating: dict[
            str | bytes, int
        ] = {}  # trees and canonical forms in flight, by ticket

    @property
    def whole(self) -> int:
        """The most evaluations that measuring a program on every training case makes."""
        return len(self.evaluator.train) * self.problem.repeats

    def most(self, task: Task) -> int:
        """Return how many evaluations one program of a task may take."""
        return self.whole if task.cases is None else len(task.cases) * self.problem.repeats

    async def attempt(self, task: Propose, proposal: Proposal, round_: int) -> Result:
        """Make a proposal's child and evaluate it."""
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
        number = self.store.program_of(task.ticket, round_)  # made before the engine was killed
        twin = self.record.twin(child, key) if number is None else None
        if twin is not None:
            return replace(
                result,
                outcome=Outcome.DUPLICATE,
                program=twin,
                reason=f"the same program as #{twin}",
            )
        names: list[str | bytes] = [child.id, key] if key else [child.id]
        rival = next((self._evaluating[name] for name in names if name in self._evaluating), None)
        if rival is not None:
            return replace(
                result,
                outcome=Outcome.DUPLICATE,
                reason=f"the same program as ticket {rival} is evaluating",
            )
        self._evaluating |= dict.fromkeys(names, task.ticket)
        try:
            return await self._judge(result, child, key, round_, number)
        finally:
            for name in names:
                del self._evaluating[name]

    async def _judge(
        self, result: Result, child: Program, key: bytes, round_: int, number: int | None
    ) -> Result:
        """Evaluate a child that nobody else is evaluating, and give it its place."""
        task = result.task
        assert isinstance(task, Propose)
        evaluations, twin = await self.evaluate(task, child, number)
        if twin is not None:
            reason = f"behaves as #{twin} does"
            return replace(
                result,
                outcome=Outcome.DUPLICATE,
                program=twin,
                evaluations=evaluations,
                reason=reason,
            )
        if number is None:
            number = self.enter(child, result.parents, task.ticket, key, round_, evaluations)
        if task.cases is None:
            evaluations = await self.confirm(child, number, task.ticket, evaluations)
        return _outcome(replace(result, program=number, evaluations=evaluations))

    def apply(self, proposal: Proposal) -> Program:
        """Return what a patch makes of the first parent; raises PatchRefused, also outside what may
        change.
        """
        parent = self.record.program(proposal.parents[0])
        child = apply_diff(parent, proposal.patch)
        self.problem.policy.check(parent, child)
        return child

    async def evaluate(
        self, task: Propose, child: Program, number: int | None
    ) -> tuple[tuple[Evaluation, ...], int | None]:
        """Return a child's evaluations, and the known program that it behaves like, if it is no
        shorter than that.
        """
        recorded = self.recorded(number, task.ticket)
        if recorded:
            return recorded, None
        twins: list[int] = []

        def known(first: tuple[Evaluation, ...]) -> bool:
            twin = self.record.behaves_like(first)
            if twin is not None and not self._is_shorter(child, self.record.program(twin)):
                twins.append(twin)
            return bool(twins)

        evaluations = await self.evaluator.evaluate(child, task.cases, known=known)
        self.room.make(task.ticket, len(evaluations))
        return evaluations, twins[0] if twins else None

    def _is_shorter(self, child: Program, known: Program) -> bool:
        """Tell whether a program that behaves like a known one is worth having in its place: it is
        shorter, or there is less to read in its difference from the seed.
        """
        if bytes_of(child) < bytes_of(known):
            return True
        seeds, editable = self.problem.seeds, self.problem.editable
        return to_read(child, seeds, editable) < to_read(known, seeds, editable)

    async def confirm(
        self, child: Program, number: int, ticket: int, evaluations: tuple[Evaluation, ...]
    ) -> tuple[Evaluation, ...]:
        """Measure again, in a sandbox that held no candidate, what would become the best; flag a
        difference.
        """
        best = self.record.best()
        bar = self.record.score(best[0]) if best else None
        first = self.problem.score(evaluations)
        if (
            first.fitness is None
            or bar is None
            or bar.fitness is None
            or first.fitness <= bar.fitness
        ):
            return evaluations
        if any(fresh for _, _, _, fresh, _ in self.store.evaluations(number, ticket=ticket)):
            return evaluations
        if not await self.room.hold(ticket, self.whole):
            self.flag(
                f"#{number} scored {first.fitness:.9g}; no evaluations are left to measure it again"
            )
            return evaluations
        again = await self.evaluator.evaluate(child, fresh=True)
        self.room.make(ticket, len(again))
        again = tuple(evaluation for evaluation in again if evaluation.status is not Status.INFRA)
        self.store.add_evaluations(number, ticket, again, fresh=True)
        second = self.problem.score(again) if again else first
        if second.fitness is None or abs(second.fitness - first.fitness) > max(
            3 * self.noise, 1e-12
        ):
            then = f"{second.fitness:.9g}" if second.fitness is not None else second.status.value
            self.flag(
                f"#{number} scored {first.fitness:.9g}, and in a fresh sandbox {then}; both are "
                "counted"
            )
        return evaluations + again

    def enter(
        self,
        program: Program,
        parents: tuple[int, ...],
        ticket: int,
        key: bytes,
        round_: int,
        evaluations: tuple[Evaluation, ...],
    ) -> int:
        """Give a new program its number, on disk with its first evaluations, and in memory."""
        node = Node(self.record.size(), program.id, parents, ticket)
        with self.store.transaction():
            self.store.add_program(program, node, round_, key)
            self.store.add_evaluations(node.number, ticket, evaluations)
        self.record.add(node, key)
        return node.number

    def recorded(self, number: int | None, ticket: int) -> tuple[Evaluation, ...]:
        """Return the training evaluations that a program got under a ticket."""
        if number is None:
            return ()
        return tuple(evaluation for *_, evaluation in self.store.evaluations(number, ticket=ticket))


def _outcome(result: Result) -> Result:
    """Return the result of a program that was run: accepted, or the world's failure; with what
    failed, if anything.
    """
    failed = next((each for each in result.evaluations if each.status is not Status.OK), None)
    infra = any(each.status is Status.INFRA for each in result.evaluations)
    reason = "" if failed is None else f"{failed.status}: {failed.feedback}"
    return replace(result, outcome=Outcome.INFRA if infra else Outcome.ACCEPTED, reason=reason)


def bytes_of(program: Program) -> int:
    return sum(len(file.data) for file in program.files.values())
