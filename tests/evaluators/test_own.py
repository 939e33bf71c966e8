"""A problem's own evaluator that returns something else is named in one line."""

import pytest

from cladogen.errors import ProblemError
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.evaluators.own import OwnEvaluator
from cladogen.program import File, Program

PROGRAM = Program.of({"a.py": File(b"x = 1\n")})
ROW = Evaluation(PROGRAM.id, "one", 0, Status.OK, {"value": 1.0})


class Own:
    train, heldout = ["one"], ()

    def __init__(self, returned) -> None:
        self.returned = returned

    async def evaluate(self, program, cases=None, **more):
        return self.returned

    async def trials(self, base, variants, *, seed=0):
        return self.returned


async def test_evaluations_and_scores_pass_as_they_are():
    assert await OwnEvaluator(Own([ROW]), "j.py:J").evaluate(PROGRAM) == (ROW,)
    score = Score(Status.OK, 1.0)
    assert await OwnEvaluator(Own([score]), "j.py:J").trials(PROGRAM, [PROGRAM]) == (score,)
    assert OwnEvaluator(Own(()), "j.py:J").train == ("one",)


@pytest.mark.parametrize("returned", [None, 0.5, {"value": 1.0}, [0.5], ["ok"], [(ROW,)]])
async def test_evaluator_that_returns_something_else_is_named_in_one_line(returned):
    with pytest.raises(ProblemError, match=r"^j.py:J: evaluate returned .*Evaluation$"):
        await OwnEvaluator(Own(returned), "j.py:J").evaluate(PROGRAM)
    with pytest.raises(ProblemError, match=r"^j.py:J: trials returned .*Score$"):
        await OwnEvaluator(Own(returned), "j.py:J").trials(PROGRAM, [PROGRAM])


async def test_evaluator_with_fewer_scores_than_variants_is_named():
    with pytest.raises(ProblemError, match="returned 0 scores for 1 variants"):
        await OwnEvaluator(Own([]), "j.py:J").trials(PROGRAM, [PROGRAM])


def test_evaluator_without_cases_is_named():
    with pytest.raises(ProblemError, match=r"j.py:J: needs the names of its cases.*'train'"):
        OwnEvaluator(object(), "j.py:J")
