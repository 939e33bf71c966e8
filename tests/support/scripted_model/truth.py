"""The truth about a run at a moment: what a prompt made then may say, worked out from the record alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cladogen.archives.base import Result
from cladogen.evaluation import Status, noise
from cladogen.models.calls import BESIDE, ModelCall
from cladogen.problem import Problem
from cladogen.program import matches
from cladogen.proposal import Outcome, Proposal
from cladogen.record.fold import folded
from cladogen.record.memory import RunRecord
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.run_folder import problem_of
from cladogen.settings import Settings


@dataclass
class Truth:
    """A record as it was, and what was told until then: (result, round, proposal)."""

    problem: Problem
    record: RunRecord
    told: list[tuple[Result, int, Proposal | None]]

    def fitness(self, number: int) -> float | None:
        score = self.record.score(number) if number < self.record.size() else None
        return None if score is None else score.fitness

    def value(self, number: int) -> float | None:
        fitness = self.fitness(number)
        return None if fitness is None else fitness * self.problem.objective.sign

    def metric(self, number: int, name: str) -> float | None:
        score = self.record.score(number)
        return None if score is None else score.metrics.get(name)

    def case(self, number: int, name: str) -> float | None:
        score = self.record.score(number)
        value = None if score is None else score.cases.get(name)
        return None if value is None else value * self.problem.objective.sign

    @property
    def best(self) -> int | None:
        scored = [n for n in range(self.record.size()) if self.fitness(n) is not None]
        return max(scored, key=lambda n: (self.fitness(n), -n), default=None)

    @property
    def noise(self) -> float:
        return noise(self.record.evaluations(0), lambda rows: self.problem.score(rows).fitness)

    def ancestors(self, number: int) -> set[int]:
        found, waiting = set(), [number]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting.extend(self.record.node(each).parents)
        return found

    def related(self, one: int, other: int) -> bool:
        return one in self.ancestors(other) or other in self.ancestors(one)

    def verdict(self, before: int, after: int) -> str:
        """Say what a child is beside its parent; noise and rounding are no change."""
        old, new = self.fitness(before), self.fitness(after)
        if new is None:
            return "failed"
        if old is None:
            return "better"
        if abs(new - old) <= max(self.noise, 1e-9 * abs(old)):
            return "no change"
        return "better" if new > old else "worse"

    def ends(self, parent: int) -> list[str]:
        """Return how each task on a parent ended, after its repairs; what was never tried is left out."""
        last: dict[int, tuple[Result, int]] = {}
        for result, _, proposal in self.told:
            if proposal is not None:
                first = last.get(result.task.ticket, (result, proposal.parents[0]))[1]
                last[result.task.ticket] = (result, first)
        found = []
        for result, first in last.values():
            if (
                first == parent
                and result.outcome is Outcome.ACCEPTED
                and result.program is not None
            ):
                found.append(self.verdict(parent, result.program))
            elif first == parent and result.outcome in (Outcome.DUPLICATE, Outcome.REFUSED):
                found.append(result.outcome.value)
        return found

    @property
    def proposals(self) -> int:
        """How many proposals were made, of those that came to something."""
        nothing = (Outcome.NO_REPLY, Outcome.INFRA, Outcome.ABANDONED)
        return sum(
            bool(result.parents) and result.outcome not in nothing for result, _, _ in self.told
        )

    def tickets_since(self, number: int) -> set[int]:
        """Return the tasks after a program's own that came to something."""
        ticket = self.record.node(number).ticket
        nothing = (Outcome.NO_REPLY, Outcome.INFRA, Outcome.ABANDONED, Outcome.MEASURED)
        return {
            result.task.ticket
            for result, _, proposal in self.told
            if result.task.ticket > ticket
            and proposal is not None
            and result.outcome not in nothing
        }

    def lines(self, number: int) -> set[str]:
        """Return the different lines of a program's files that may change."""
        found = (line.strip() for text in self.texts(number).values() for line in text.splitlines())
        return {line for line in found if line}

    def fell_back(self, number: int) -> bool:
        """Tell whether a program is worse than a parent of its own and better on no case."""
        its, mine = self.fitness(number), self.record.score(number).cases
        for parent in self.record.node(number).parents:
            before = self.record.score(parent)
            if before is None or before.fitness is None or before.fitness - its <= self.noise:
                continue
            if all(
                value - before.cases.get(case, value) <= self.noise for case, value in mine.items()
            ):
                return True
        return False

    def texts(self, number: int) -> dict[str, str]:
        """Return the files of a program that may change."""
        program = self.record.program(number)
        return {
            path: program.text(path) for path in program if matches(path, self.problem.editable)
        }

    def done(self, number: int) -> int:
        """Return how many cases of a program gave a result."""
        rows = {row.case: row.status for row in self.record.evaluations(number)}
        return sum(status is Status.OK for status in rows.values())


def prompts(folder: Path) -> Iterator[tuple[ModelCall, Truth]]:
    """Yield each first prompt of a task of a run that had one worker, with the truth as it was then."""
    store = Store.open(folder)
    try:
        problem = problem_of(folder, Settings.from_json(store.meta()["settings"]))
        record = RunRecord(store, problem.score)
        results, rows = folded(store, record), []
        ahead = next(results, None)
        for call in StoredCalls(store).all():
            request = call.request
            if (
                request.round
                or request.purpose in BESIDE
                or request.purpose == "repair"
                or call.attempt
            ):
                continue
            while ahead is not None and ahead[0].task.ticket < request.ticket:
                record.absorb(ahead[0], ahead[1])
                rows.append(ahead)
                ahead = next(results, None)
            yield call, Truth(problem, record, rows)
    finally:
        store.close()
