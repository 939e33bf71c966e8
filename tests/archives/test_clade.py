"""The clade archive: its counters are derived from results, its draws follow the posteriors, weak seeds can start."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.archives.base import Result, Space, Standing
from cladogen.archives.clade import Clade
from cladogen.archives.contract import CASES, ArchiveContract, World, played
from cladogen.archives.evidence import NormalEvidence
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.kernels import native
from cladogen.kernels.clade import ONE, CladeTree, clade_tree
from cladogen.kernels.normal import NormalTree, normal_tree
from cladogen.proposal import Outcome
from cladogen.task import Measure, Propose

SPACE = Space(cases=CASES, bounded=True, max_evaluations=200)


class TestCladeByOwnCounts(ArchiveContract):
    def make(self, space: Space) -> Clade:
        return Clade(space, counts="own", first=0, cooling=1.0)


def own(archive: Clade, number: int) -> tuple[int, int]:
    return archive.evidence.tree.own(number)


def clade(archive: Clade, number: int) -> tuple[int, int]:
    return archive.evidence.tree.clade(number)


def play(seed: int, steps: int = 80) -> tuple[Clade, World]:
    archive, world = Clade(SPACE), World(SPACE, seed)
    list(played(archive, world, steps))
    return archive, world


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_clade_of_the_root_is_the_sum_of_own(seed: int) -> None:
    archive, world = play(seed)
    sums = [sum(own(archive, number)[side] for number in world.quality) for side in (0, 1)]
    assert list(clade(archive, 0)) == sums


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_clade_is_own_plus_the_clades_of_the_children(seed: int) -> None:
    archive, world = play(seed)
    for number in world.quality:
        children = [child for child, parents in world.parents.items() if parents[:1] == (number,)]
        for side in (0, 1):
            below = sum(clade(archive, child)[side] for child in children)
            assert clade(archive, number)[side] == own(archive, number)[side] + below


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_own_counts_are_the_utilities_measured(seed: int) -> None:
    archive, world = play(seed)
    for number, measured in world.measured.items():
        successes, failures = own(archive, number)
        assert successes == ONE * sum(value > 0 for value in measured.values()) or not measured
        assert (successes + failures) % ONE == 0


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_best_is_kept_up_with_each_result_as_it_is_found_anew(seed: int, bounded: bool) -> None:
    space = Space(cases=CASES, bounded=bounded, max_evaluations=200)
    archive = Clade(space)
    for _ in played(archive, World(space, seed), 80):
        scored = np.flatnonzero(
            ~np.isnan(archive.population.fitness.array[: archive.population.size])
        )
        quantiles = archive.evidence.quantiles(scored, archive.quantile)
        assert archive.shortlist(1) == tuple(scored[np.lexsort((scored, -quantiles))[:1]])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_reading_never_writes(seed: int) -> None:
    archive, world = play(seed)
    before = [(own(archive, number), clade(archive, number)) for number in world.quality]
    for turn in range(50):
        archive.evidence.draw_parent(1.0, np.random.default_rng(turn))
        archive.evidence.draw_measure(1.0, np.random.default_rng(turn))
        archive.shortlist(5)
        archive.view()
    assert before == [(own(archive, number), clade(archive, number)) for number in world.quality]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 3 * ONE), st.integers(0, 3 * ONE)), max_size=40
    )
)
def test_incremental_clades_equal_those_derived_anew(rows: list[tuple[int, int, int]]) -> None:
    trees = [CladeTree(10, 6, True), clade_tree(10, 6, True)]
    for tree in trees:
        for number in range(10):
            tree.add(number, (number - 1) // 2 if number else -1)
        for number, successes, failures in rows:
            tree.record(number, successes, failures, 3)
            tree.fly(number, 1, True)
            tree.fly(number, -1, True)
    for number in range(10):
        assert trees[0].clade(number) == trees[1].clade(number)
        assert trees[0].own(number) == trees[1].own(number)
        assert trees[0].eligible(number) == trees[1].eligible(number)


@pytest.mark.skipif(native is None, reason="the C++ kernels were not built")
@pytest.mark.parametrize("tau", [1.0, 4.0])
@pytest.mark.parametrize("flying", [0, 3])
def test_draws_without_visiting_every_arm_follow_the_plain_draws(tau: float, flying: int) -> None:
    plain, fast = CladeTree(10, 60, True), clade_tree(10, 60, True)
    rng = np.random.default_rng(3)
    for number in range(60):
        trials, parent = int(rng.integers(0, 12)), int(rng.integers(number)) if number else -1
        successes = int(ONE * trials * rng.random())
        for tree in (plain, fast):
            tree.add(number, parent)
            tree.record(number, successes, trials * ONE - successes, trials)
    for tree in (plain, fast):
        for number in range(flying):
            tree.fly(20 + number, 1, True)
    for draw in ("draw_parent", "draw_measure"):
        few, many = 600, 20_000
        expected = (
            np.bincount([getattr(plain, draw)(tau, seed) for seed in range(few)], minlength=60)
            / few
        )
        found = (
            np.bincount([getattr(fast, draw)(tau, seed) for seed in range(many)], minlength=60)
            / many
        )
        error = np.sqrt((expected + found) / 2 * (1 / few + 1 / many)) + 1 / few
        assert np.all(np.abs(expected - found) < 4.5 * error)


def told(archive: Clade, number: int, parent: int | None, values: dict[str, float]) -> Standing:
    task = Propose(100 + number, () if parent is None else (parent,))
    rows = tuple(Evaluation(str(number), case, 0, Status.OK) for case in values)
    score = Score(
        Status.OK, sum(values.values()) if values else None, cases=values, utilities=values
    )
    return archive.tell(Result(task, Outcome.ACCEPTED, number, task.parents, score, rows))


def test_a_seed_without_a_success_becomes_a_parent_after_ten_failures() -> None:
    space = Space(cases=tuple(f"c{n}" for n in range(60)), bounded=True)
    archive = Clade(space)
    told(archive, 0, None, {f"c{n}": 0.0 for n in range(9)})
    assert isinstance(archive.ask(1, np.random.default_rng(0)), Measure)
    told(archive, 0, None, {f"c{n}": 0.0 for n in range(10)})
    assert isinstance(archive.ask(2, np.random.default_rng(0)), Propose)


def test_failed_proposals_count_as_attempts() -> None:
    space = Space(cases=tuple(f"c{n}" for n in range(60)), bounded=True)
    archive = Clade(space)
    told(
        archive, 0, None, {f"c{n}": 1.0 for n in range(4)}
    )  # more than 4 ** 0.6 = 2.3 attempts end expansion
    for ticket in range(1, 4):
        task = archive.ask(ticket, np.random.default_rng(0))
        assert isinstance(task, Propose)
        archive.tell(Result(task, Outcome.REFUSED))
    assert archive.attempts == 3
    assert isinstance(archive.ask(4, np.random.default_rng(0)), Measure)


def test_proposals_in_flight_count_as_attempts() -> None:
    space = Space(cases=tuple(f"c{n}" for n in range(60)), bounded=True)
    archive = Clade(space)
    told(archive, 0, None, {f"c{n}": 1.0 for n in range(4)})
    asked = [archive.ask(turn, np.random.default_rng(turn)) for turn in range(1, 5)]
    assert [isinstance(task, Propose) for task in asked] == [True, True, True, False]


def test_seeds_are_given_and_no_attempts() -> None:
    archive = Clade(SPACE)
    for seed in range(5):
        told(archive, seed, None, {"c0": 1.0})
    assert archive.attempts == 0


def test_a_case_in_flight_is_not_asked_for_again() -> None:
    archive = Clade(Space(cases=CASES, bounded=True))
    told(archive, 0, None, {})
    asked = [archive.ask(turn, np.random.default_rng(turn)) for turn in range(len(CASES))]
    assert {task.cases[0] for task in asked if isinstance(task, Measure)} == set(CASES)


def test_a_parent_whose_proposals_fail_backs_off() -> None:
    space = Space(cases=tuple(f"c{n}" for n in range(200)), bounded=True)
    archive = Clade(space)
    full = {f"c{n}": 1.0 for n in range(100)}
    told(archive, 0, None, dict(list(full.items())[:2]))
    told(archive, 1, 0, full)
    told(archive, 2, 0, dict(full, c0=0.0, c1=0.0, c2=0.0))
    counts = {1: 0, 2: 0, 0: 0}
    for ticket in range(6):
        archive.tell(Result(Propose(ticket, (1,)), Outcome.REFUSED))
    for seed in range(200):
        counts[archive.evidence.draw_parent(1.0, np.random.default_rng(seed))] += 1
    assert counts[1] == 0
    told(archive, 3, 1, full)
    for seed in range(200):
        counts[archive.evidence.draw_parent(1.0, np.random.default_rng(seed)) % 3] += 1
    assert counts[1] > 0


def test_the_short_list_prefers_what_is_known_to_be_good() -> None:
    archive = Clade(Space(cases=tuple(f"c{n}" for n in range(60)), bounded=True))
    told(archive, 0, None, {f"c{n}": float(n % 2) for n in range(40)})
    told(archive, 1, 0, {"c0": 1.0})
    told(archive, 2, 0, {f"c{n}": float(n % 10 > 0) for n in range(40)})
    assert archive.shortlist(3) == (2, 0, 1)


def test_cooling_sharpens_the_draws_as_the_budget_is_spent() -> None:
    archive = Clade(Space(cases=CASES, bounded=True, max_evaluations=12), cooling=1.0)
    told(archive, 0, None, dict.fromkeys(CASES, 1.0))
    assert archive.tau == 2.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_normal_clades_are_sums_of_own_results(seed: int) -> None:
    rng = np.random.default_rng(seed)
    evidence = NormalEvidence(10, 5, True)
    for number in range(12):
        evidence.add(number, int(rng.integers(number)) if number else -1)
        for count in (1, 3):
            values = {f"c{n}": float(rng.normal()) for n in range(count)}
            evidence.record(number, values, int(rng.integers(2)))
    assert np.allclose(
        evidence.tree.clade(0), np.sum([evidence.tree.own(n) for n in range(12)], axis=0)
    )


def test_normal_evidence_prefers_the_better_program() -> None:
    evidence, rng = NormalEvidence(10, 40, True), np.random.default_rng(0)
    for number, mean in enumerate((0.0, 0.0, 3.0)):
        evidence.add(number, -1)
        evidence.record(number, {f"c{n}": mean + float(rng.normal()) for n in range(20)}, 0)
    drawn = [evidence.draw_parent(1.0, np.random.default_rng(seed)) for seed in range(100)]
    assert drawn.count(2) > 95
    assert int(np.argmax(evidence.quantiles(np.arange(3), 0.05))) == 2


@pytest.mark.skipif(native is None, reason="the C++ kernels were not built")
@pytest.mark.parametrize("by_clade", [True, False])
def test_normal_trees_agree_in_sums_and_by_distribution_in_draws(by_clade: bool) -> None:
    plain, fast = NormalTree(10, 8, by_clade), normal_tree(10, 8, by_clade)
    rng = np.random.default_rng(4)
    for number in range(20):
        parent = int(rng.integers(number)) if number else -1
        count = int(rng.integers(0, 9))
        values = rng.normal(number / 20, 1, count)
        for tree in (plain, fast):
            tree.add(number, parent)
            tree.record(
                number, count, float(values.sum()), float(np.square(values).sum()), number % 3 > 0
            )
    for tree in (plain, fast):
        tree.fly(7, 1, True)
        tree.penalize(3, 2)
    sums = np.array([plain.clade(number) for number in range(20)])
    assert np.allclose(sums, [fast.clade(number) for number in range(20)])
    assert np.allclose(plain.posterior(sums), fast.posterior(sums))
    for draw in ("draw_parent", "draw_measure"):
        few, many = 2000, 20_000
        expected = (
            np.bincount(
                [getattr(plain, draw)(1.0, -2.0, seed) for seed in range(few)], minlength=20
            )
            / few
        )
        found = (
            np.bincount(
                [getattr(fast, draw)(1.0, -2.0, seed) for seed in range(many)], minlength=20
            )
            / many
        )
        error = np.sqrt((expected + found) / 2 * (1 / few + 1 / many)) + 1 / few
        assert np.all(np.abs(expected - found) < 4.5 * error)


def test_work_in_flight_deep_in_a_lineage_counts_in_every_clade_above_and_leaves_no_trace() -> None:
    tree = clade_tree(1, 4, True)
    for number in range(300):
        tree.add(number, number - 1 if number % 100 else -1)  # three chains
        tree.record(number, ONE, ONE, 2)
    draws = [tree.draw_parent(1.0, seed) for seed in range(400)]
    for number in (99, 99, 60, 199):
        tree.fly(number, 1, False)
    spread = [tree.draw_parent(1.0, seed) for seed in range(400)]
    assert sum(number >= 200 for number in spread) > sum(number >= 200 for number in draws)
    for number in (199, 60, 99, 99):
        tree.fly(number, -1, False)
    assert [tree.draw_parent(1.0, seed) for seed in range(400)] == draws


@pytest.mark.skipif(native is None, reason="the C++ kernels were not built")
@pytest.mark.parametrize(("tau", "offset", "scale"), [(1.0, 0.0, 1.0), (4.0, 1e3, 30.0)])
def test_normal_draws_that_pass_over_most_programs_are_those_of_the_plain_method(
    tau: float, offset: float, scale: float
) -> None:
    plain, fast = NormalTree(10, 40, True), normal_tree(10, 40, True)
    rng, size = np.random.default_rng(11), 150
    for number in range(size):
        parent = int(rng.integers(max(0, number - 30), number)) if number else -1
        count = int(rng.integers(0, 30))
        values = offset + scale * rng.normal(rng.normal(), 1 + number % 3, count)
        for tree in (plain, fast):
            tree.add(number, parent)
            tree.record(
                number, count, float(values.sum()), float(np.square(values).sum()), number % 5 > 0
            )
    for number in (149, 130, 7):
        for tree in (plain, fast):
            tree.fly(number, 1, True)
            tree.penalize(number - 1, 3)
    worst = offset - 5 * scale
    for draw in ("draw_parent", "draw_measure"):
        few, many = 600, 20_000
        expected = (
            np.bincount(
                [getattr(plain, draw)(tau, worst, seed) for seed in range(few)], minlength=size
            )
            / few
        )
        found = (
            np.bincount(
                [getattr(fast, draw)(tau, worst, seed) for seed in range(many)], minlength=size
            )
            / many
        )
        error = np.sqrt((expected + found) / 2 * (1 / few + 1 / many)) + 1 / few
        assert np.all(np.abs(expected - found) < 4.5 * error)


def test_a_seed_without_success_starts_when_there_are_fewer_cases_than_trials() -> None:
    space = Space(cases=("a", "b", "c"), bounded=True)
    archive, utilities = Clade(space), dict.fromkeys(space.cases, 0.0)
    rows = tuple(Evaluation("0", case, 0, Status.OK, {"score": 0.0}) for case in space.cases)
    archive.tell(
        Result(
            Propose(0), Outcome.ACCEPTED, 0, (), Score(Status.OK, 0.0, utilities=utilities), rows
        )
    )
    archive.tell(
        Result(
            Propose(1, (0,)),
            Outcome.ACCEPTED,
            1,
            (0,),
            Score(Status.OK, 0.0, utilities=utilities),
            rows,
        )
    )
    parents = {archive.evidence.draw_parent(1.0, np.random.default_rng(turn)) for turn in range(40)}
    assert parents == {0, 1}
