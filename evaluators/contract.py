"""What every evaluator must do, as tests. One of your own passes this class.

from cladogen.evaluators.contract import EvaluatorContract

class TestMine(EvaluatorContract):
    programs = (GOOD, BROKEN)

    def make(self):
        return Mine(problem)
"""

from __future__ import annotations

import asyncio

from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.base import Evaluator
from cladogen.program import Program


class EvaluatorContract:
    """Subclasses say how to make a started evaluator, and name programs to judge: one that works,
    then others.
    """

    programs: tuple[Program, ...]

    def make(self) -> Evaluator:
        """Return a started evaluator."""
        raise NotImplementedError

    def judged(self, program: Program, **how: object) -> tuple[Evaluation, ...]:
        return asyncio.run(self.make().evaluate(program, **how))  # type: ignore[arg-type]

    def test_no_case_is_both_for_training_and_held_out(self) -> None:
        evaluator = self.make()
        assert evaluator.train and not set(evaluator.train) & set(evaluator.heldout)

    def test_first_program_works_on_every_training_case_and_no_other(self) -> None:
        rows = self.judged(self.programs[0])
        assert {row.status for row in rows} == {Status.OK}
        assert {row.case for row in rows} == set(self.make().train)

    def test_only_what_is_ok_has_numbers_and_nothing_raises(self) -> None:
        for program in self.programs:
            for row in self.judged(program):
                assert bool(row.metrics) is (row.status is Status.OK)
                assert row.program == program.id

    def test_named_cases_are_judged_and_no_others(self) -> None:
        evaluator = self.make()
        for cases in (evaluator.train[:1], evaluator.heldout[:1]):
            if cases:
                rows = self.judged(self.programs[0], cases=cases)
                assert {row.case for row in rows} == set(cases)

    def test_evaluation_seed_is_that_which_was_asked_for(self) -> None:
        rows = self.judged(self.programs[0], seed=7)
        assert min(row.seed for row in rows) == 7

    def test_trials_score_every_variant(self) -> None:
        scores = asyncio.run(self.make().trials(self.programs[0], self.programs))
        assert len(scores) == len(self.programs) and scores[0].fitness is not None
