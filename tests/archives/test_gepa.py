"""GEPA's fronts when programs are measured again."""

from cladogen.archives.base import Result, Space
from cladogen.archives.gepa import Gepa
from cladogen.evaluation import Score, Status
from cladogen.proposal import Outcome
from cladogen.task import Measure, Propose


def test_a_front_that_is_vacated_goes_to_the_best_survivor_not_to_the_first() -> None:
    archive = Gepa(Space(cases=("a", "b", "c")))
    for number, cases in enumerate(
        ({"a": 0.2, "b": 1.0}, {"a": 0.9, "c": 1.0}, {"a": 1.0, "b": 0.0, "c": 0.0})
    ):
        task = Propose(number, (0,) if number else ())
        score = Score(Status.OK, 0.5, cases=cases)
        archive.tell(Result(task, Outcome.ACCEPTED, number, task.parents, score))
    assert archive.fronts["a"] == {2}
    again = Score(Status.OK, 0.1, cases={"a": 0.1, "b": 0.0, "c": 0.0})
    archive.tell(Result(Measure(3, 2, ("a",)), Outcome.MEASURED, 2, (), again))
    assert archive.fronts["a"] == {1}
    assert archive.best["a"] == 0.9
