"""Shorten: the same program with less to read. Parts are taken out one by one while the score
stays.

What mutation leaves behind (a condition that never holds, a variable that nothing needs) costs
nothing and reads badly; the program that ships is read by a person. Every shorter form is a trial,
so nothing of it is recorded but the one child at the end.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from cladogen.archives.base import Result
from cladogen.evaluation import Score
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.patch import make_diff
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.gain import parent_note
from cladogen.proposers.offer import editable_files, room_for
from cladogen.proposers.syntax.simplify import reductions, weight
from cladogen.proposers.syntax.table import calls_from_elsewhere, source_of
from cladogen.task import Propose


class Shorten:
    """Propose the parent with less text and no less fitness.

    ``variants`` is how many shorter forms are tried at most, ``batch`` how many in one sandbox
    start.
    """

    def __init__(
        self,
        problem: Problem,
        trials: Evaluator | None = None,
        budget: Ledger | None = None,
        *,
        variants: int = 300,
        batch: int = 24,
    ) -> None:
        self.problem, self.trials = problem, trials
        self.budget, self.variants, self.batch = budget, variants, batch

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return the shortest form found of the first parent, or why there is none."""
        began = time.perf_counter()
        parent, score = record.program(task.parents[0]), record.score(task.parents[0])
        nothing = Proposal(
            task.ticket, "shorten", task.parents[:1], notes=parent_note(record, task.parents)
        )
        if self.trials is None or score is None or score.fitness is None:
            return replace(nothing, reason="nothing to measure shorter forms with")
        room = room_for(task.ticket, self.variants, self.budget, self.trials)
        best, fitness, tried = parent, score.fitness, 0
        refused: set[str] = set()
        while tried < room:
            forms = [form for form in self._shorter(best) if form.id not in refused][
                : min(self.batch, room - tried)
            ]
            scores = await self.trials.trials(best, forms) if forms else ()
            tried += len(forms)
            refused.update(form.id for form in forms)
            good = [form for form, one in zip(forms, scores, strict=True) if _as_good(one, fitness)]
            if good:
                best = good[0]
            elif not forms:
                break
        seconds = time.perf_counter() - began
        if best is parent:
            return replace(
                nothing,
                reason=f"none of {tried} shorter forms is as good",
                seconds=seconds,
                trials=tried,
            )
        sizes = [
            sum(weight(each.text(path)) for path in editable_files(self.problem, each))
            for each in (parent, best)
        ]
        summary = f"{sizes[0]} characters to {sizes[1]}, {tried} shorter forms tried"
        patch = make_diff(parent, best)
        return replace(nothing, patch=patch, summary=summary, seconds=seconds, trials=tried)

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: the form has been seen to run."""
        return None

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn nothing: every shortening stands for itself."""

    def _shorter(self, program: Program) -> list[Program]:
        """Return the programs that are shorter in one place, those that save most first."""
        found = []
        for path in editable_files(self.problem, program):
            text = program.text(path)
            source = (
                source_of(text, calls_from_elsewhere(program, path))
                if path.endswith(".py")
                else None
            )
            for shorter in reductions(source) if source is not None else ():
                form = program.replace({path: shorter.encode("utf-8", "surrogateescape")})
                found.append((weight(shorter) - weight(text), form.id, form))
        return [form for *_, form in sorted(found, key=lambda each: each[:2])]


def _as_good(score: Score, fitness: float) -> bool:
    return score.fitness is not None and score.fitness >= fitness
