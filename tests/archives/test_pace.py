"""Selection paces itself by the proposals that the budget can pay for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.archives import make_archive
from cladogen.archives.adaevolve import AdaEvolve
from cladogen.archives.base import Result, Space
from cladogen.archives.contract import AXES, CASES, World
from cladogen.archives.cvt import CvtMapElites
from cladogen.archives.expected import BY_HAND, expected_proposals
from cladogen.archives.map_elites import MapElites
from cladogen.archives.pace import pace, turn
from cladogen.evaluation import Score, Status
from cladogen.proposal import Outcome
from cladogen.search.budget import Caps
from cladogen.task import Propose


def among_the_three_best(archive: MapElites, world: World, asks: int, first: int = 1) -> int:
    """Play a world; return how many parents were among the three best programs known then."""
    count = 0
    for ticket in range(first, first + asks):
        task = archive.ask(ticket, np.random.default_rng((world.seed, ticket)))
        assert isinstance(task, Propose)
        count += task.parents[0] in archive.shortlist(3)
        archive.tell(world.play(task))
    return count


def told(number: int, fitness: float, parents: tuple[int, ...]) -> Result:
    """Return the result of a program with this fitness."""
    score = Score(Status.OK, fitness, {"score": fitness}, objectives=(fitness,))
    return Result(Propose(number, parents), Outcome.ACCEPTED, number, parents, score)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 199), st.sampled_from([(), AXES]))
def test_most_parents_of_a_short_search_are_among_its_three_best(
    seed: int, proposals: int, axes: tuple
) -> None:
    space = Space(axes, cases=CASES, proposals=proposals)
    archive, world = MapElites(space), World(space, seed)
    for result in world.seeds():
        archive.tell(result)
    assert among_the_three_best(archive, world, proposals) >= proposals / 2


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_long_search_draws_from_all_its_cells(seed: int) -> None:
    space = Space(AXES, cases=CASES, proposals=10_000)
    archive, world = MapElites(space), World(space, seed)
    for result in world.seeds():
        archive.tell(result)
    among_the_three_best(archive, world, 200)
    assert among_the_three_best(archive, world, 100, 201) < 50


@pytest.mark.parametrize(("proposals", "drawn"), [(60, False), (10_000, True)])
def test_what_is_worse_than_its_own_parent_is_a_parent_of_a_short_search_by_exploring_only(
    proposals: int, drawn: bool
) -> None:
    archive = MapElites(Space(proposals=proposals), islands=1, explore=0.0, crossover=0.0)
    steps = (told(0, 1.0, ()), told(1, 2.0, (0,)), told(2, 1.5, (1,)), told(3, 1.2, (0,)))
    for result in steps:
        archive.tell(result)
    asked = [archive.ask(ticket, np.random.default_rng(ticket)) for ticket in range(4, 304)]
    assert (2 in {task.parents[0] for task in asked}) == drawn


def test_defaults_follow_the_budget() -> None:
    islands = [pace(proposals).islands for proposals in (20, 149, 150, 399, 400, 10_000, None)]
    assert islands == [1, 1, 2, 2, 3, 3, 3]
    budgets = [20, 60, 199, 200, 500, 1000, 10_000]
    explore, elite = zip(*[(pace(n).explore, pace(n).elite) for n in budgets], strict=True)
    assert list(explore) == sorted(explore) and explore[-1] == pace(None).explore == 0.5
    assert list(elite) == sorted(elite, reverse=True) and min(elite[:3]) >= 0.5
    assert pace(None).elite == 0.0 and elite[-1] < 0.02
    assert [pace(n).patience for n in (10, 60, 120, 10_000)] == [8, 10, 20, 60]


@pytest.mark.parametrize("rule", [MapElites, CvtMapElites, AdaEvolve])
def test_an_option_that_is_given_wins(rule: type[MapElites]) -> None:
    space = Space(AXES, proposals=60)
    assert len(rule(space).islands) == 1 and rule(space).draws.elite == 0.7
    archive = rule(space, islands=4, elite=0.0, migrate_every=7)
    assert len(archive.islands) == 4 and archive.draws.elite == 0.0
    assert archive.islands.migrate_every == 7
    assert make_archive("map_elites", space, {"explore": "0.9"}).draws.explore == 0.9


@pytest.mark.parametrize(
    ("proposals", "when"),
    [
        (400, [6, 12, 18, 24, 30]),
        (12_000, [200, 400, 600]),
        (None, [*range(25, 276, 25), 302, 332]),
    ],
)
def test_migrants_leave_after_a_share_of_the_budget(proposals: int | None, when: list[int]) -> None:
    space = Space(cases=CASES, proposals=proposals)
    archive, world = MapElites(space), World(space, failing=0.0)
    for result in world.seeds():
        archive.tell(result)
    left: list[int] = []
    for ticket in range(1, when[-1] + 1):
        archive.tell(world.play(Propose(ticket, (0,), island=0)))
        if archive.islands.turns[0] > len(left):
            left.append(archive.islands.told[0])
    assert left == when


def test_islands_that_a_larger_budget_opens_need_not_catch_up() -> None:
    small, large = Space(cases=CASES, proposals=100), Space(cases=CASES, proposals=1000)
    archive, world = MapElites(small), World(small)
    results = list(world.seeds())
    archive.tell(results[0])
    for ticket in range(1, 90):
        results.append(world.play(archive.ask(ticket, np.random.default_rng(ticket))))
        archive.tell(results[-1])
    resumed = MapElites(large)
    for result in results:
        resumed.tell(result)
    islands = []
    for ticket in range(90, 150):
        task = resumed.ask(ticket, np.random.default_rng(ticket))
        islands.append(task.island)
        resumed.tell(world.play(task))
    assert min(islands[6:].count(island) for island in range(3)) >= 16
    assert set(islands[:4]) >= {1, 2}


@given(st.integers(1, 500), st.floats(0, 1))
def test_a_share_of_the_turns_is_spread_evenly(count: int, share: float) -> None:
    taken = sum(turn(ticket, share) for ticket in range(count))
    assert abs(taken - share * count) < 1


@pytest.mark.parametrize(
    ("caps", "models", "proposals"),
    [
        (Caps(), True, None),
        (Caps(proposals=40), False, 40),
        (Caps(calls=60), True, 50),
        (Caps(calls=60), False, None),
        (Caps(evaluations=500), False, 125),
        (Caps(tokens=2_000_000), True, 166),
        (Caps(seconds=3600.0), True, 200),
        (Caps(seconds=3600.0), False, None),
        (Caps(usd=3.0), True, 50),
        (Caps(usd=3.0, proposals=20, evaluations=10_000), True, 20),
        (Caps(evaluations=1), False, 1),
    ],
)
def test_caps_say_how_many_proposals_there_will_be(
    caps: Caps, models: bool, proposals: int | None
) -> None:
    each = {"evaluations_each": 4, "workers": 2, "usd_each": 0.05}
    assert expected_proposals(caps, asks_models=models, **each) == proposals
    assert BY_HAND < 150


def test_program_far_behind_a_leap_is_no_parent_for_being_third() -> None:
    archive = MapElites(Space(proposals=100), elite=1.0)
    for number, (fitness, parents) in enumerate(
        [(2.44, ()), (2.497, (0,)), (2.49, (1,)), (2.62, (1,))]
    ):
        archive.tell(told(number, fitness, parents))
    parents = {
        archive.ask(ticket, np.random.default_rng(ticket)).parents[0] for ticket in range(4, 40)
    }
    assert parents == {3}


def test_while_nothing_beats_the_seed_its_children_are_parents_too() -> None:
    archive = MapElites(Space(proposals=100), elite=1.0)
    for number, (fitness, parents) in enumerate([(2.44, ()), (2.4, (0,)), (2.3, (1,))]):
        archive.tell(told(number, fitness, parents))
    parents = {
        archive.ask(ticket, np.random.default_rng(ticket)).parents[0] for ticket in range(4, 40)
    }
    assert parents == {0, 1, 2}


def test_program_that_the_best_descends_from_is_no_leader_beside_it() -> None:
    archive = MapElites(Space(proposals=100), elite=1.0)
    for number, (fitness, parents) in enumerate([(0.0, ()), (0.8, (0,)), (1.0, (1,)), (0.7, (0,))]):
        archive.tell(told(number, fitness, parents))
    parents = {
        archive.ask(ticket, np.random.default_rng(ticket)).parents[0] for ticket in range(4, 40)
    }
    assert parents == {2, 3}


def test_program_that_led_to_a_better_leader_is_none_and_the_others_keep_their_proportions() -> (
    None
):
    """Four prompts in a row went to a weaker line and to what it came from."""
    archive = MapElites(Space(proposals=100), elite=1.0)
    born = [(0.0, ()), (1.0, (0,)), (0.8, (0,)), (0.9, (2,))]
    for number, (fitness, parents) in enumerate(born):
        archive.tell(told(number, fitness, parents))
    asked = [
        archive.ask(ticket, np.random.default_rng(ticket)).parents[0] for ticket in range(4, 804)
    ]
    assert set(asked) == {1, 3}
    assert 0.57 < asked.count(1) / len(asked) < 0.68  # five of eight


def test_program_that_is_worse_than_its_parent_is_no_leader_beside_the_best() -> None:
    archive = MapElites(Space(proposals=100), elite=1.0)
    for number, (fitness, parents) in enumerate([(0.0, ()), (1.0, (0,)), (0.8, (1,)), (0.7, (0,))]):
        archive.tell(told(number, fitness, parents))
    parents = {
        archive.ask(ticket, np.random.default_rng(ticket)).parents[0] for ticket in range(4, 40)
    }
    assert parents == {1, 3}


def test_program_that_does_what_a_better_or_older_one_does_is_no_leader_beside_it() -> None:
    archive = MapElites(Space(proposals=100), elite=1.0)
    born = [(0.0, (), "a"), (1.0, (0,), "b"), (1.0, (1,), "b"), (0.9, (0,), "c")]
    for number, (fitness, parents, does) in enumerate(born):
        result = told(number, fitness, parents)
        assert result.score is not None
        archive.tell(result.scored(replace(result.score, signature=does)))
    parents = {
        archive.ask(ticket, np.random.default_rng(ticket)).parents[0] for ticket in range(4, 40)
    }
    assert parents == {1, 3}


def test_program_that_is_worse_than_a_best_one_that_cannot_be_beaten_is_no_leader() -> None:
    born = [(0.0, ()), (1.0, (0,)), (0.9, (0,)), (1.0, (0,))]
    drawn = {}
    for ceiling in (None, 1.0, 0.95):
        archive = MapElites(Space(proposals=100, ceiling=ceiling), elite=1.0)
        for number, (fitness, parents) in enumerate(born):
            archive.tell(told(number, fitness, parents))
        drawn[ceiling] = {
            archive.ask(ticket, np.random.default_rng(ticket)).parents[0] for ticket in range(4, 40)
        }
    assert drawn == {None: {1, 2, 3}, 1.0: {1, 3}, 0.95: {1, 2, 3}}  # 0.95 is passed: no bound
