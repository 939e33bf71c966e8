"""Each rule does what its paper says: weights, fronts, walks, ratings, rounds."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.archives import make_archive
from cladogen.archives.adaevolve import AdaEvolve
from cladogen.archives.base import Archive, Result, Space, Standing
from cladogen.archives.contract import CASES, World, played
from cladogen.archives.dgm import DarwinGodelMachine
from cladogen.archives.elo import Elo
from cladogen.archives.funsearch import FunSearch
from cladogen.archives.gepa import Gepa
from cladogen.archives.hyperagents import Hyperagents
from cladogen.archives.mate_choice import MateChoice
from cladogen.archives.nsga2 import NsgaTwo
from cladogen.archives.portfolio import Portfolio, with_marks
from cladogen.archives.shinka import ShinkaPowerLaw, ShinkaWeighted, power_law
from cladogen.archives.simple import Beam, BestOfN
from cladogen.archives.uct import Uct
from cladogen.errors import ConfigError
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.proposal import Outcome
from cladogen.task import Measure, Propose

UNIT = Space(cases=CASES, bounded=True)
OPEN = Space(cases=CASES)


def told(
    archive: Archive, number: int, parent: int | None, fitness: float, **known: object
) -> Standing:
    task = Propose(
        10_000 + number, () if parent is None else (parent,), island=int(known.pop("island", 0))
    )
    known.setdefault("cases", dict.fromkeys(CASES, fitness))
    score = Score(Status.OK, fitness, utilities=dict.fromkeys(CASES, fitness), **known)
    return archive.tell(Result(task, Outcome.ACCEPTED, number, task.parents, score))


def parents(archive: Archive, draws: int = 4000) -> Counter[int]:
    """Count the parents of independent asks, each abandoned."""
    counts: Counter[int] = Counter()
    for turn in range(draws):
        task = archive.ask(turn, np.random.default_rng((3, turn)))
        counts[task.parents[0]] += 1
        archive.tell(Result(task, Outcome.ABANDONED))
    return counts


def expect(counts: Counter[int], weights: dict[int, float]) -> None:
    draws, total = sum(counts.values()), sum(weights.values())
    for number, weight in weights.items():
        share = weight / total
        assert (
            abs(counts[number] / draws - share)
            < 4.5 * math.sqrt(share * (1 - share) / draws) + 1 / draws
        )


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def family(archive: Archive) -> dict[int, tuple[float, int]]:
    """Tell a small lineage; return scores and children."""
    scores = {0: 0.3, 1: 0.5, 2: 0.6, 3: 0.2, 4: 0.55}
    lineage = {0: None, 1: 0, 2: 0, 3: 1, 4: 0}
    for number, score in scores.items():
        told(archive, number, lineage[number], score)
    children = Counter(parent for parent in lineage.values() if parent is not None)
    return {number: (score, children[number]) for number, score in scores.items()}


def test_darwin_godel_machine_draws_by_performance_over_children() -> None:
    archive = DarwinGodelMachine(UNIT)
    known = family(archive)
    expect(parents(archive), {n: sigmoid(10 * (s - 0.5)) / (1 + c) for n, (s, c) in known.items()})


def test_hyperagents_measure_against_the_best_three() -> None:
    archive = Hyperagents(UNIT)
    known = family(archive)
    middle = (0.6 + 0.55 + 0.5) / 3
    expect(
        parents(archive),
        {n: sigmoid(10 * (s - middle)) * math.exp(-((c / 8) ** 3)) for n, (s, c) in known.items()},
    )


def test_shinka_weights_are_robust_scores_over_children() -> None:
    archive = ShinkaWeighted(OPEN)
    known = family(archive)
    scores = np.array([score for score, _ in known.values()])
    median = float(np.median(scores))
    deviation = float(np.median(np.abs(scores - median)))
    expect(
        parents(archive),
        {n: sigmoid(10 * (s - median) / deviation) / (1 + c) for n, (s, c) in known.items()},
    )


def test_shinka_weighs_fitness_although_utilities_are_known() -> None:
    archive = ShinkaWeighted(UNIT)
    for number, fitness in enumerate((1.0, 2.0, 4.0)):
        score = Score(Status.OK, fitness, utilities=dict.fromkeys(CASES, 0.5))
        archive.tell(Result(Propose(number), Outcome.ACCEPTED, number, score=score))
    expect(
        parents(archive), {n: sigmoid(10 * (f - 2.0) / 1.0) for n, f in enumerate((1.0, 2.0, 4.0))}
    )


@pytest.mark.parametrize("name", ["shinka_power_law", "shinka_weighted"])
def test_shinka_parents_are_drawn_from_the_best_programs_alone(name: str) -> None:
    archive, everybody = make_archive(name, OPEN), make_archive(name, OPEN, {"archive": 0})
    scores = np.random.default_rng(4).normal(size=1000).tolist()
    for number, score in enumerate(scores):
        told(archive, number, None, score)
        told(everybody, number, None, score)
    best = set(np.argsort(scores)[-40:].tolist())
    assert set(parents(archive, 1000)) <= best
    assert len(set(parents(everybody, 1000)) - best) > 100


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 20)), min_size=1, max_size=80),
    st.sampled_from([0, 3, 5]),
)
def test_shinka_weights_follow_scores_that_come_and_change(
    changes: list[tuple[int, int]], room: int
) -> None:
    archive, known = ShinkaWeighted(OPEN, archive=room), dict[int, float]()
    for number, value in changes:
        fitness = None if value == 20 else float(value)
        archive.tell(
            Result(Propose(number), Outcome.ACCEPTED, number, score=Score(Status.OK, fitness))
        )
        known[number] = math.nan if fitness is None else fitness
    kept = sorted(
        (number for number in known if known[number] == known[number]), key=lambda n: (-known[n], n)
    )
    kept = kept[: room or None]
    scores = np.array([known[number] for number in kept])
    median = float(np.median(scores)) if kept else 0.0
    deviation = max(float(np.median(np.abs(scores - median))), 1e-6) if kept else 1.0
    for number in range(12):
        weight = (
            0.5 + 0.5 * math.tanh(5 * (known[number] - median) / deviation)
            if number in kept
            else 0.0
        )
        assert archive.tree.get(number) == pytest.approx(weight)


def test_a_proposal_in_flight_counts_as_a_child() -> None:
    archive = DarwinGodelMachine(UNIT)
    told(archive, 0, None, 0.5)
    told(archive, 1, 0, 0.5)
    before = archive.tree.get(1)
    for ticket in range(100):
        archive.ask(ticket, np.random.default_rng(ticket))
    assert archive.tree.get(1) < before / 10


def test_shinka_power_law_draws_by_rank() -> None:
    archive = ShinkaPowerLaw(OPEN, alpha=1.5)
    known = family(archive)
    order = sorted(known, key=lambda number: -known[number][0])
    expect(parents(archive), {number: (rank + 1) ** -1.5 for rank, number in enumerate(order)})


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 3.0])
def test_ranks_follow_the_power_law(alpha: float) -> None:
    rng = np.random.default_rng(1)
    counts = Counter(power_law(12, alpha, rng) for _ in range(8000))
    expect(counts, {rank: rank**-alpha for rank in range(1, 13)})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_gepa_keeps_a_program_for_every_front_and_none_that_is_covered(seed: int) -> None:
    archive, rng = Gepa(OPEN), np.random.default_rng(seed)
    best = dict.fromkeys(CASES, -math.inf)
    for number in range(40):
        cases = {case: float(rng.integers(0, 5)) for case in CASES}
        best = {case: max(best[case], value) for case, value in cases.items()}
        told(archive, number, 0 if number else None, sum(cases.values()), cases=cases)
    assert archive.best == best
    assert all(archive.fronts[case] for case in CASES)
    for number in archive.survivors:
        assert any(archive.fronts[case] == {number} for case in archive.held(number))
    expect(
        parents(archive, 600), {number: len(archive.held(number)) for number in archive.survivors}
    )


def test_gepa_keeps_a_specialist_that_is_bad_on_average() -> None:
    archive = Gepa(OPEN)
    told(archive, 0, None, 5.0)
    cases = dict.fromkeys(CASES, 0.0) | {CASES[2]: 9.0}
    assert told(archive, 1, 0, 1.5, cases=cases) is Standing.IMPROVED
    assert told(archive, 2, 0, 4.0) is Standing.REJECTED
    assert set(archive.survivors) == {0, 1}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_nsga2_keeps_the_first_front(seed: int) -> None:
    rng = np.random.default_rng(seed)
    archive = NsgaTwo(Space(objectives=("score", "speed"), cases=CASES), members=30)
    points = rng.normal(size=(60, 2))
    for number, point in enumerate(points.tolist()):
        told(archive, number, 0 if number else None, point[0], objectives=tuple(point))
    front = [
        n
        for n in range(60)
        if not any(np.all(p >= points[n]) and np.any(p > points[n]) for p in points)
    ]
    assert len(archive.members) == 30
    assert set(front) <= set(archive.members) or len(front) > 30


def test_funsearch_draws_clusters_by_the_softmax_of_their_scores() -> None:
    archive = FunSearch(OPEN, islands=1, temperature=1.0, inspirations=0, period=10**9)
    scores = {0: 0.0, 1: 1.0, 2: 0.5, 3: 0.5}
    for number, score in scores.items():
        told(
            archive,
            number,
            0 if number else None,
            score,
            signature="same" if number > 1 else f"s{number}",
        )
    weights = {0: math.exp(0.0), 1: math.exp(1.0), 2: math.exp(0.5) / 2, 3: math.exp(0.5) / 2}
    expect(parents(archive), weights)


def test_funsearch_restarts_the_worse_half_of_the_islands_from_survivors() -> None:
    archive = FunSearch(OPEN, islands=4, reset_every=9)
    told(archive, 0, None, 0.0, signature="seed")
    for number in range(1, 9):
        told(archive, number, 0, float(number % 4), signature=f"s{number}", island=number % 4)
    founders = [island.best() for island in archive.islands]
    assert founders[0] in (founders[2], founders[3]) and founders[1] in (founders[2], founders[3])
    assert [len(island) for island in archive.islands] == [1, 1, 3, 3]


def test_funsearch_resets_other_islands_when_all_are_equal() -> None:
    archives = [FunSearch(OPEN, islands=6, reset_every=6) for _ in range(2)]
    emptied: list[tuple[int, ...]] = []
    for archive in archives:
        told(archive, 0, None, 0.0, signature="seed")
        for number in range(1, 120):
            before = archive.islands[:]
            told(archive, number, 0, 0.0, signature=f"s{number}", island=number % 6)
            gone = tuple(at for at in range(6) if archive.islands[at] is not before[at])
            emptied += [gone] if gone else []
    half = len(emptied) // 2
    assert emptied[:half] == emptied[half:]
    assert {at for gone in emptied for at in gone} == set(range(6)) and len(set(emptied)) > 5


def test_a_child_that_behaves_as_its_islands_founder_opens_no_second_cluster() -> None:
    archive = FunSearch(OPEN, islands=2, reset_every=4)
    told(archive, 0, None, 0.0, signature="seed")
    for number in range(1, 4):
        told(archive, number, 0, float(number), signature=f"s{number}", island=1)
    assert archive.islands[0].best() == (3, 3.0)
    assert told(archive, 4, 3, 3.0, signature="s3", island=0) is Standing.NOTED
    assert len(archive.islands[0]) == 1


def test_funsearch_moves_programs_that_were_measured_again() -> None:
    archive = FunSearch(OPEN, islands=2, inspirations=0, temperature=1.0, period=10**9)
    told(archive, 0, None, 0.0, signature="a")
    told(archive, 1, 0, 5.0, signature="b", island=1)
    told(archive, 2, 0, 5.0, signature="b", island=1)

    def again(number: int, fitness: float | None, signature: str) -> None:
        score = Score(Status.OK, fitness, signature=signature)
        archive.tell(Result(Measure(9, number, CASES), Outcome.MEASURED, number, score=score))

    again(1, 1.0, "c")
    assert archive.islands[1].best() == (2, 5.0) and len(archive.islands[1]) == 3
    again(2, 1.0, "c")
    assert archive.islands[1].best() == (1, 1.0) and len(archive.islands[1]) == 2
    again(0, 2.0, "a")
    assert [island.best() for island in archive.islands] == [(0, 2.0), (0, 2.0)]
    again(0, None, "")
    assert len(archive.islands[0]) == 0 and archive.islands[1].best() == (1, 1.0)
    again(1, None, "")
    assert archive.islands[1].best() == (2, 1.0) and archive.islands[1].programs == 1


def test_uct_goes_where_the_scores_are_and_spreads_what_is_in_flight() -> None:
    archive, rng = Uct(UNIT, depth_bonus=0.0, depth_cost=0.0), np.random.default_rng(0)
    told(archive, 0, None, 0.5)
    branch = {0: 0}
    for number in range(1, 300):
        parent = archive.ask(number, rng).parents[0]
        branch[number] = number if parent == 0 else branch[parent]
        good = branch[number] == 1
        task = Propose(number, (parent,))
        score = Score(
            Status.OK, 0.9 if good else 0.1, utilities=dict.fromkeys(CASES, 0.9 if good else 0.1)
        )
        archive.tell(Result(task, Outcome.ACCEPTED, number, (parent,), score))
    assert sum(1 for root in branch.values() if root == 1) > 100
    flying = [archive.ask(1000 + turn, rng).parents[0] for turn in range(40)]
    assert len(set(flying)) > 1


def test_the_depth_options_of_uct_keep_the_search_near_the_seeds() -> None:
    def depth(**options: float) -> float:
        archive, world = Uct(UNIT, **options), World(UNIT, 1)
        asked = [task.parents[0] for task, _ in played(archive, world, 200)]
        depths: dict[int, int] = {}
        for number, parents in sorted(world.parents.items()):
            depths[number] = depths[parents[0]] + 1 if parents else 1
        return float(np.mean([depths[number] for number in asked]))

    free = depth(depth_bonus=0.0, depth_cost=0.0)
    assert depth(depth_bonus=2.0, depth_cost=0.0) < depth(depth_bonus=0.5, depth_cost=0.0) < free
    assert depth(depth_bonus=0.0, depth_cost=0.5) < depth(depth_bonus=0.0, depth_cost=0.1) < free
    assert depth(depth_bonus=2.0, depth_decay=0.0, depth_cost=0.0) == free


def test_uct_takes_note_of_programs_that_were_measured_again() -> None:
    archive = Uct(OPEN)
    told(archive, 0, None, 0.0)
    told(archive, 1, 0, 4.0)
    archive.tell(Result(Propose(2, (1,)), Outcome.ACCEPTED, 2, (1,), Score(Status.CRASH)))

    def again(number: int, fitness: float | None) -> tuple[float, float]:
        score = Score(Status.OK, fitness)
        archive.tell(Result(Measure(9, number, CASES), Outcome.MEASURED, number, score=score))
        return archive.tree.total(0), archive.tree.total(1)

    assert again(1, 2.0) == (2.0, 2.0)
    assert again(2, 3.0) == (5.0, 5.0)
    assert again(1, None) == (3.0, 3.0)
    assert again(1, 1.0) == (4.0, 4.0)
    assert (archive.tree.visits(0), archive.low, archive.high) == (4, 0.0, 4.0)


def test_elo_is_zero_sum_and_prefers_who_wins_more_cases() -> None:
    archive, rng = Elo(OPEN, league=16), np.random.default_rng(2)
    told(archive, 0, None, 0.0)
    quality = {}
    for number in range(1, 80):
        quality[number] = float(rng.normal())
        cases = {case: quality[number] + 0.1 * float(rng.normal()) for case in CASES}
        told(archive, number, None, quality[number], cases=cases)
    ratings = [float(archive.ratings[number]) for number in range(80)]
    assert sum(ratings) == pytest.approx(80 * 1500)
    best = archive.shortlist(5)
    assert np.mean([quality[number] for number in best]) > 1.0


def test_a_child_that_loses_every_match_is_rated_below_1500() -> None:
    archive = Elo(OPEN)
    told(archive, 0, None, 0.0)
    for number in range(1, 200):
        told(archive, number, number - 1, float(number))
    told(archive, 200, 199, -1.0)
    assert archive.ratings[200] < 1500 < archive.ratings[199] < 1700
    assert float(np.nansum(archive.ratings.array)) == pytest.approx(201 * 1500)


def test_a_program_measured_again_plays_again_and_may_win_a_seat() -> None:
    archive = Elo(OPEN, league=4)

    def again(number: int, fitness: float) -> float:
        score = Score(Status.OK, fitness, cases=dict.fromkeys(CASES, fitness))
        archive.tell(Result(Measure(9, number, CASES), Outcome.MEASURED, number, score=score))
        return float(archive.ratings[number])

    for number in range(8):
        told(archive, number, None, float(number > 0))
    before = float(archive.ratings[0])
    assert 0 not in archive.league
    assert again(0, 0.0) == before
    assert again(0, 9.0) > before
    for turn in range(8):
        again(0, 10.0 + turn)
    assert 0 in archive.league and len(archive.league) == 4
    assert float(np.nansum(archive.ratings.array)) == pytest.approx(8 * 1500)


def test_an_odd_case_weighs_no_more_than_another_in_elo() -> None:
    archive = Elo(OPEN)
    told(archive, 0, None, 0.0)
    odd = dict.fromkeys(CASES, -0.1) | {CASES[0]: 1000.0}
    told(archive, 1, 0, 166.0, cases=odd)
    assert archive.ratings[1] < archive.ratings[0]


def test_a_child_inherits_each_part_of_its_ideal_from_one_of_its_parents() -> None:
    inherited = set()
    for turn in range(40):
        archive = MateChoice(OPEN, mutation=0.0, mating=1.0)
        for number in range(2):
            told(archive, number, None, float(number))
            archive.ideals[number] = 0.25 + 0.5 * number
        task = archive.ask(2, np.random.default_rng(turn))
        archive.tell(Result(task, Outcome.ACCEPTED, 2, task.parents, Score(Status.OK, 5.0)))
        if len(task.parents) == 2:
            inherited.add(tuple(archive.ideals[2].tolist()))
    assert set(np.ravel(list(inherited))) == {0.25, 0.75} and len(inherited) > 8


def test_ideals_change_a_little_and_stay_in_the_unit_cube() -> None:
    archive = MateChoice(OPEN, mutation=0.3)
    told(archive, 0, None, 0.0)
    for number in range(1, 100):
        task = archive.ask(number, np.random.default_rng(number))
        archive.tell(
            Result(task, Outcome.ACCEPTED, number, task.parents, Score(Status.OK, float(number)))
        )
    ideals = archive.ideals.array[:100]
    assert ideals.min() >= 0 and ideals.max() <= 1 and len(np.unique(ideals)) > 100


@pytest.mark.parametrize(
    ("ideal", "mate"),
    [((1, 0, 0, 0.5), 4), ((0, 0, 1, 0.5), 2), ((0.2, 1, 0, 0.5), 3), ((0.2, 0, 0, 0), 1)],
)
def test_the_candidate_nearest_to_the_ideal_is_taken(ideal: tuple[float, ...], mate: int) -> None:
    archive = MateChoice(OPEN, candidates=60, mutation=0.0, mating=1.0, tournament=60)
    for number in range(6):
        cases = dict.fromkeys(CASES, float(number)) | (
            dict.fromkeys(CASES[1:], 99.0) if number == 2 else {}
        )
        told(
            archive,
            number,
            0 if number else None,
            float(number),
            cases=cases,
            features=(-1.0 if number == 3 else 1.0,),
        )
    for child in range(20):
        told(archive, 100 + child, 1, -100.0, features=(1.0,))
    archive.ideals[5] = ideal
    for extra in (0, *range(100, 120)):
        archive._leave(extra, float(archive.population.fitness[extra]))
    mates = {archive.ask(turn, np.random.default_rng(turn)).parents for turn in range(20)}
    assert mates == {(5, mate)}


def test_a_program_that_had_to_leave_comes_back_when_it_is_found_better() -> None:
    archive = MateChoice(OPEN, members=3)
    for number in range(5):
        told(archive, number, 0 if number else None, float(number))
    assert [archive.order.at(place) for place in range(4)] == [4, 3, 2, -1]
    for fitness, best in ((9.0, [0, 4, 3]), (3.5, [4, 0, 3])):
        score = Score(Status.OK, fitness, cases=dict.fromkeys(CASES, fitness))
        archive.tell(Result(Measure(9, 0, CASES), Outcome.MEASURED, 0, score=score))
        assert [archive.order.at(place) for place in range(4)] == [*best, -1]


def test_best_of_n_moves_to_the_best_child_after_n() -> None:
    archive = BestOfN(OPEN, children=3)
    told(archive, 0, None, 0.0)
    asked = []
    for number in range(1, 8):
        task = archive.ask(number, np.random.default_rng(0))
        asked.append(task.parents[0])
        told(archive, number, task.parents[0], float(number % 3))
    assert asked == [0, 0, 0, 2, 2, 2, 2] or asked == [0, 0, 0, 2, 2, 2, 5]


def test_the_beam_holds_the_best_of_parents_and_children() -> None:
    archive = Beam(OPEN, width=2, branch=2)
    told(archive, 0, None, 0.0)
    for number in range(1, 3):
        told(
            archive, number, archive.ask(number, np.random.default_rng(0)).parents[0], float(number)
        )
    assert archive.beam == [2, 1]
    asked = [archive.ask(number, np.random.default_rng(0)).parents[0] for number in range(3, 7)]
    assert sorted(asked) == [1, 1, 2, 2]


def test_adaevolve_explores_less_where_it_improves_and_asks_for_a_paradigm_when_it_does_not() -> (
    None
):
    archive = AdaEvolve(OPEN, islands=2, paradigm_after=10, paradigms=2)
    told(archive, 0, None, 1.0)
    for number in range(1, 12):
        told(archive, number, 0, 1.0 + number, island=0)
        told(archive, 100 + number, 0, 0.5, island=1)
    assert archive.intensity(0) < archive.intensity(1) == pytest.approx(0.7)
    assert Counter(archive.next_island(np.random.default_rng(0)) for _ in range(3)) == {0: 3}
    assert archive.ask(500, np.random.default_rng(0)).hint == ""
    for number in range(12, 22):
        told(archive, number, 0, 0.1, island=0)
    assert archive.ask(501, np.random.default_rng(0)).hint == "paradigm"
    assert len(archive.islands) == 3


def test_one_small_gain_does_not_win_an_island_all_later_tasks() -> None:
    archive, rng = (
        AdaEvolve(OPEN, paradigm_after=10**6, migrate_every=10**6),
        np.random.default_rng(0),
    )
    told(archive, 0, None, 1.0)
    turns: Counter[int] = Counter()
    for number in range(1, 6000):
        island = archive.next_island(rng)
        turns[island] += number > 801
        told(archive, number, 0, 1.001 if number == 801 else 0.5, island=island)
    assert min(turns.values()) > 2000 and len(turns) == 2


def test_a_gain_from_zero_does_not_stop_exploration_for_good() -> None:
    archive = AdaEvolve(OPEN, islands=1)
    told(archive, 0, None, 0.0)
    told(archive, 1, 0, 0.01)
    assert archive.improvement[0] == pytest.approx(0.1) and archive.rewards[0] == 1.0
    for number in range(2, 60):
        told(archive, number, 0, 0.0)
    assert archive.intensity(0) > 0.65


def test_migrants_that_improve_an_island_make_it_exploit() -> None:
    archive = AdaEvolve(OPEN, islands=2, migrate_every=3, curiosity=0.0)
    told(archive, 0, None, 1.0)
    told(archive, 1, 0, 1.5)
    assert archive.intensity(1) == pytest.approx(0.7)
    told(archive, 2, 0, 1.2)
    assert archive.islands.arrived[1] > 0
    assert archive.improvement[1] == pytest.approx(0.1 * 0.5**2)
    assert archive.visits[1] == 0 and archive.rewards[1] == 0.0


def test_an_island_started_later_begins_with_the_best_programs() -> None:
    archive = AdaEvolve(OPEN, islands=1, max_islands=2, paradigm_after=4)
    told(archive, 0, None, 0.0)
    for number in range(1, 9):
        told(archive, number, 0, float(number))
    for number in range(9, 13):
        told(archive, number, 0, -1.0)
    assert set(archive.islands.grids[1].numbers()) == {0, 4, 5, 6, 7, 8}


def test_the_portfolio_gives_the_budget_to_who_makes_progress() -> None:
    archive = Portfolio(OPEN, arms="iid,sequential")
    told(archive, 0, None, 0.0)
    asked: Counter[str] = Counter()
    for number in range(1, 300):
        task = archive.ask(number, np.random.default_rng((1, number)))
        arm = int(task.note.partition("|")[0])
        asked[archive.names[arm]] += 1
        fitness = float(number) if arm == 1 else -1.0
        archive.tell(
            Result(
                task,
                Outcome.ACCEPTED,
                number,
                task.parents,
                Score(Status.OK, fitness, cases=dict.fromkeys(OPEN.cases, fitness)),
            )
        )
    assert asked["sequential"] > 5 * asked["iid"]


def test_the_portfolio_hands_results_on_whole() -> None:
    row = Evaluation("p", "a", 0, Status.OK)
    for task in (
        Propose(7, (1, 2), (4,), ("a",), 2, "1|x", "paradigm"),
        Measure(7, 3, ("a",), 5, 2, "1|x"),
    ):
        told = Result(
            task,
            Outcome.ACCEPTED,
            3,
            (1, 2),
            Score(Status.OK, 1.0),
            (row,),
            0.5,
            "cross",
            "why",
            False,
        )
        assert with_marks(told, "x", 5) == replace(told, task=replace(task, note="x", island=5))
        values = [getattr(told, field.name) for field in dataclasses.fields(told)]
        defaults = [field.default for field in dataclasses.fields(told)]
        assert not any(value == default for value, default in zip(values, defaults, strict=True))


def test_the_portfolio_names_unknown_arms() -> None:
    with pytest.raises(ConfigError, match="greedy"):
        Portfolio(OPEN, arms="iid,gready")
    with pytest.raises(ConfigError, match="at least one"):
        Portfolio(OPEN, arms=" , ")


@pytest.mark.parametrize("name", ["greedy", "dgm", "shinka_power_law", "map_elites", "uct", "gepa"])
def test_selection_beats_independent_sampling(name: str) -> None:
    space = Space(cases=CASES, bounded=True)

    def reached(rule: str) -> float:
        found = []
        for seed in range(6):
            archive, world = make_archive(rule, space), World(space, seed)
            list(played(archive, world, 150))
            found.append(world.quality[archive.shortlist(1)[0]])
        return float(np.mean(found))

    assert reached(name) > reached("iid") + 0.5
