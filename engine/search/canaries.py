"""The canaries of a run: every new program runs them once, and what may ship once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.base import Evaluator
from cladogen.gateway.caller import under
from cladogen.journal import once
from cladogen.problem import Problem
from cladogen.record.entries import MeasurementEntry
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.safety import canary

Rows = tuple[Evaluation, ...]


@dataclass(frozen=True, slots=True)
class Canaries:
    """Run programs on a problem's canaries, which count under no cap; what is recorded of them is
    not done again. ``flag`` takes a line about a program that solved one.
    """

    problem: Problem
    evaluator: Evaluator
    store: Store
    record: RunRecord
    flag: Callable[[str], None]

    async def cheats(self, number: int, ticket: int, rows: Rows) -> bool:
        """Run a new program, with its evaluations ``rows``, and flag it when it solves a canary;
        one none of whose evaluations succeeded solves none.
        """
        if rows and all(row.status is not Status.OK for row in rows):
            return False
        return await self._solves_one(number, ticket, "cheats, and has no children")

    async def turned(self, number: int) -> bool:
        """Run a program that may ship once more, afresh, and flag it when it solves one now."""
        ticket = self.record.node(number).ticket
        return await self._solves_one(number, ticket, "turned, and does not ship", fresh=True)

    async def _solves_one(
        self, number: int, ticket: int, what: str, *, fresh: bool = False
    ) -> bool:
        cases = tuple(each.case for each in self.problem.canaries)
        if not cases:
            return False
        entry = MeasurementEntry(self.store, number, ticket, split=canary.SPLIT, fresh=fresh)
        known = entry.read()
        program = self.record.program(number)
        with under(ticket):
            found = await once(entry, lambda: self.evaluator.evaluate(program, cases, fresh=fresh))
        solved = canary.solved(self.problem, found)
        if solved and known is None:
            self.flag(f"#{number} solved {solved[0]}, a canary: it {what}")
        return bool(solved)

    def without_score(self, number: int, ticket: int, rows: Rows) -> Rows:
        """Record, once, the evaluation that leaves a program without a score; return all."""
        row = canary.refusal(self.record.node(number).program)
        if any(each.case == row.case for each in rows):
            return rows
        self.store.add_evaluations(number, ticket, (row,))
        return (*rows, row)
