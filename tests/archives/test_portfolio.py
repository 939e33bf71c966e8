"""The portfolio: who is charged for what, and which scores are compared."""

from dataclasses import replace

import numpy as np

from cladogen.archives.base import Result, Space
from cladogen.archives.contract import World, played
from cladogen.archives.portfolio import Portfolio
from cladogen.evaluation import Score, Status
from cladogen.proposal import Outcome
from cladogen.task import Measure, Propose

SPACE = Space(cases=tuple(f"case-{at}" for at in range(6)), bounded=True, max_evaluations=400)


def test_an_arm_that_measures_programs_again_pays_for_it() -> None:
    archive, world = Portfolio(SPACE, arms="clade,greedy"), World(SPACE, failing=0.0)
    asked = {0: 0, 1: 0}
    for task, _ in played(archive, world, 600):
        asked[int(task.note.partition("|")[0])] += 1
    assert asked[1] > 150, asked
    task = Measure(9999, 0, SPACE.cases[:3], note="0|")
    before = archive.losses[0]
    archive.tell(
        Result(task, Outcome.MEASURED, 0, (), archive_score(2.0), world.play(task).evaluations)
    )
    assert archive.losses[0] > before


def archive_score(fitness: float, cases: int = 6) -> Score:
    return Score(Status.OK, fitness, cases=dict.fromkeys(SPACE.cases[:cases], fitness))


def test_a_score_of_some_cases_does_not_outrank_one_of_all() -> None:
    archive = Portfolio(SPACE, arms="greedy,iid")
    archive.tell(Result(Propose(0), Outcome.ACCEPTED, 0, (), archive_score(1.0)))
    archive.tell(
        Result(Propose(1, (0,), note="0|"), Outcome.ACCEPTED, 1, (0,), archive_score(9.0, cases=2))
    )
    assert archive.shortlist(3) == (0,)


def test_what_ships_is_chosen_by_the_arm_that_measures_case_by_case() -> None:
    archive, world = Portfolio(SPACE, arms="greedy,clade"), World(SPACE, failing=0.0)
    list(played(archive, world, 200))
    assert archive.shortlist(5) == archive.arms[1].shortlist(5)


def test_a_portfolio_in_a_portfolio_is_charged_for_its_own_tasks_only() -> None:
    inner = Portfolio(SPACE, arms="greedy,iid")
    inner.tell(Result(Propose(0), Outcome.ACCEPTED, 0, (), archive_score(1.0)))
    for ticket in range(1, 9):
        inner.tell(Result(Propose(ticket, (0,)), Outcome.REFUSED))
    assert inner.losses == [0.0, 0.0]
    task = inner.ask(9, np.random.default_rng(0))
    inner.tell(Result(task, Outcome.REFUSED))
    assert sum(inner.losses) == 1.0


def test_an_arm_may_be_a_class_of_the_problems_own_folder(tmp_path) -> None:
    (tmp_path / "rules.py").write_text(
        "from cladogen.archives.baselines import Greedy\nclass Mine(Greedy):\n    pass\n"
    )
    archive = Portfolio(replace(SPACE, folder=tmp_path), arms="rules.py:Mine,iid")
    assert type(archive.arms[0]).__name__ == "Mine"


def test_a_model_sees_the_whole_search_whichever_arm_asks() -> None:
    archive, world = Portfolio(SPACE, arms="greedy,sequential"), World(SPACE, failing=0.0)
    asked = [task for task, _ in played(archive, world, 60) if isinstance(task, Propose)]
    assert asked and not any(task.alone for task in asked)
