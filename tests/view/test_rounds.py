"""Of a race, a program's report says how many rounds it took part in."""

import pytest

from cladogen.evaluation import Usage
from cladogen.problem.values import ONE_ROUND, Race
from cladogen.view.reports.program import EvaluationReport, rounds_taken


def measured(*seeds: int) -> list[EvaluationReport]:
    return [
        EvaluationReport(0, seed >= 4, case, seed, "ok", {}, "", "", Usage(), None)
        for seed in seeds
        for case in ("a", "b")
    ]


@pytest.mark.parametrize(
    ("race", "seeds", "said"),
    [
        (Race(4), (0, 1), (2, 4)),  # given up after the second
        (Race(4), (0, 1, 2, 3, 4, 5, 6, 7), (4, 4)),  # the best: all, and a second look
        (ONE_ROUND, (0,), None),
        (Race(4), (), None),
    ],
)
def test_rounds_are_counted_without_the_second_look(race, seeds, said):
    assert rounds_taken(race, measured(*seeds)) == said
