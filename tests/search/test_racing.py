"""Racing: worse programs are measured less, as good ones are given up no more often than stated."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from toy_world import Caps, ToyEvaluator, number, opened, problem, toy_run, tree_of

from cladogen.evaluation import Evaluation, Status
from cladogen.events import Silent
from cladogen.problem import Metric
from cladogen.problem.values import Race
from cladogen.search.racing import differences, lost

METRIC = Metric("closeness")
CASES = ("a", "b", "c", "d")


def rows(rng: np.random.Generator, mean: float, seeds: range) -> list[Evaluation]:
    return [
        Evaluation("p", case, seed, Status.OK, {"closeness": mean + float(rng.normal())})
        for seed in seeds
        for case in CASES
    ]


def rounds_taken(race: Race, mean: float, rng: np.random.Generator) -> int:
    """Race a program of this mean against a best one of mean 0."""
    best = rows(rng, 0.0, range(race.rounds, 2 * race.rounds))
    for taken in range(1, race.rounds):
        if lost(race, METRIC, rows(rng, mean, range(taken)), best):
            return taken
    return race.rounds


@pytest.mark.parametrize("error", [0.05, 0.2])
def test_program_as_good_as_the_best_is_given_up_at_most_as_often_as_stated(error):
    """Looks at growing data; a fixed test at each look would err up to four times as often."""
    rng, race, runs = np.random.default_rng(0), Race(5, error), 2000

    def once() -> bool:
        best = rows(rng, 0.0, range(5, 10))
        mine = rows(rng, 0.0, range(5))
        return any(lost(race, METRIC, mine[: 4 * taken], best) for taken in range(1, 5))

    given_up = sum(once() for _ in range(runs)) / runs
    assert 0 < given_up <= error + 3 * np.sqrt(error * (1 - error) / runs)


def test_worse_program_takes_fewer_rounds():
    rng, race = np.random.default_rng(1), Race(5, 0.05)
    assert np.mean([rounds_taken(race, -3.0, rng) for _ in range(50)]) < 3
    assert np.mean([rounds_taken(race, 1.0, rng) for _ in range(50)]) == 5


def test_best_is_compared_by_its_newest_evaluations():
    old = [Evaluation("b", "a", seed, Status.OK, {"closeness": 100.0}) for seed in (0, 1)]
    new = [Evaluation("b", "a", seed, Status.OK, {"closeness": 1.0}) for seed in (5, 6)]
    mine = [Evaluation("p", "a", seed, Status.OK, {"closeness": 0.0}) for seed in (0, 1)]
    assert differences(METRIC, mine, [*old, *new]) == [1.0, 1.0]


def test_failed_program_takes_no_further_round():
    failed = [Evaluation("p", "a", 0, Status.CRASH)]
    assert lost(Race(5), METRIC, failed, [])


class Noisy(ToyEvaluator):
    """Closeness to 3 and noise that is a matter of program, case and random seed alone."""

    def _evaluation(self, program, case, seed, fresh):
        row = super()._evaluation(program, case, seed, fresh)
        noise = np.random.default_rng([int(program.id[:8], 16), ord(case), seed]).normal()
        return replace(row, metrics={"closeness": row.metrics["closeness"] + float(noise)})


def raced(folder, proposals: int, evaluator=None):
    store = opened(folder)
    goal = replace(problem((number(0.0),)), race=Race(4))
    run = toy_run(
        store, Caps(proposals=proposals, failing=None), problem=goal, evaluator=evaluator or Noisy()
    )
    asyncio.run(run.search())
    made = tree_of(store)
    taken = {
        at: {row.seed for row in run.record.evaluations(at)} for at in range(run.record.size())
    }
    best, charged = run.record.best()[0], run.budget.spend.evaluations
    counted = len(list(store.evaluations()))
    store.close()
    return made, taken, best, charged, counted


def test_race_measures_winners_on_fresh_seeds_and_losers_less(tmp_path):
    _, taken, best, charged, counted = raced(tmp_path / "run", 40)
    assert taken[best] == set(range(8))  # four rounds, and four with seeds of its own
    fewer = [seeds for at, seeds in taken.items() if at and max(seeds) < 3]
    assert len(fewer) >= 5 and charged == counted


def test_race_goes_on_where_it_was(tmp_path):
    whole = raced(tmp_path / "whole", 30)
    raced(tmp_path / "parts", 12)
    assert raced(tmp_path / "parts", 30)[0] == whole[0]


class Noted(Silent):
    def __init__(self):
        self.notes = []

    def notice(self, text):
        self.notes.append(text)


@pytest.mark.parametrize(("evaluator", "said"), [(ToyEvaluator, True), (Noisy, False)])
def test_race_where_scores_are_no_chance_is_said_in_one_line(tmp_path, evaluator, said):
    store, noted = opened(tmp_path / "run"), Noted()
    goal = replace(problem(), race=Race(3))
    run = toy_run(store, Caps(proposals=1), problem=goal, evaluator=evaluator(), observer=noted)
    asyncio.run(run.search())
    store.close()
    assert any("leave [race] out" in note for note in noted.notes) is said
