"""Every archive kernel agrees with its NumPy reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.kernels import native
from cladogen.kernels.cells import (
    grid_cells,
    nearest_centroid,
    numpy_grid_cells,
    numpy_nearest_centroid,
)
from cladogen.kernels.elo import numpy_play, numpy_weakest, play, weakest
from cladogen.kernels.pareto import (
    crowding,
    most_crowded,
    nondominated_fronts,
    numpy_crowding,
    numpy_most_crowded,
    numpy_nondominated_fronts,
)
from cladogen.kernels.ranks import Ranking, ranking
from cladogen.kernels.sums import SumTree, sum_tree
from cladogen.kernels.uct import UctTree, uct_tree

pytestmark = pytest.mark.skipif(native is None, reason="the C++ kernels were not built")
weights = st.floats(0, 1e6)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 200), weights), max_size=60),
    st.lists(st.floats(0, 0.999), max_size=10),
)
def test_sum_trees_agree(changes: list[tuple[int, float]], shares: list[float]) -> None:
    plain, fast = SumTree(), sum_tree()
    for number, weight in changes:
        plain.set(number, weight)
        fast.set(number, weight)
    assert plain.total() == fast.total()
    assert [plain.find(share) for share in shares] == [fast.find(share) for share in shares]
    assert all(plain.get(number) == fast.get(number) for number, _ in changes)


@settings(max_examples=30, deadline=None)
@given(st.lists(weights, min_size=1, max_size=100))
def test_sums_depend_on_the_weights_and_not_on_their_history(values: list[float]) -> None:
    assigned, grown, shaken = sum_tree(), sum_tree(), SumTree()
    assigned.assign(np.array(values))
    for number, value in enumerate(values):
        grown.set(number, value)
        shaken.set(number, 0.1)
    for number in range(len(values) - 1, -1, -1):
        shaken.set(number, values[number])
    assert assigned.total() == grown.total() == shaken.total()
    assert assigned.find(0.37) == grown.find(0.37) == shaken.find(0.37)


def test_a_number_is_found_in_proportion_to_its_weight() -> None:
    tree = sum_tree()
    for number, weight in enumerate((1.0, 0.0, 3.0)):
        tree.set(number, weight)
    found = [tree.find(share) for share in np.linspace(0, 1, 4000, endpoint=False)]
    assert (found.count(0), found.count(1), found.count(2)) == (1000, 0, 3000)
    assert sum_tree().find(0.5) == -1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(-3, 3)), max_size=200))
def test_rankings_agree(changes: list[tuple[bool, int, int]]) -> None:
    plain, fast = Ranking(), ranking()
    present: set[tuple[int, int]] = set()
    for insert, number, fitness in changes:
        if insert and (number, fitness) not in present:
            present.add((number, fitness))
            plain.insert(number, fitness)
            fast.insert(number, fitness)
        elif not insert:
            present.discard((number, fitness))
            assert plain.remove(number, fitness) == fast.remove(number, fitness)
    assert plain.size() == fast.size()
    assert [plain.at(place) for place in range(-1, 42)] == [
        fast.at(place) for place in range(-1, 42)
    ]


def test_a_large_ranking_agrees() -> None:
    rng, plain, fast = np.random.default_rng(0), Ranking(), ranking()
    values = rng.integers(0, 500, 5000).astype(float).tolist()
    for number, value in enumerate(values):
        plain.insert(number, value)
        fast.insert(number, value)
    for number in rng.permutation(5000)[:2000].tolist():
        assert plain.remove(number, values[number]) and fast.remove(number, values[number])
    assert [plain.at(place) for place in range(3000)] == [fast.at(place) for place in range(3000)]


points = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 4), min_size=width, max_size=width), min_size=1, max_size=40
    ).map(lambda rows: np.array(rows, "f8"))
)


@settings(max_examples=60, deadline=None)
@given(points)
def test_fronts_and_crowding_agree(rows: np.ndarray) -> None:
    fronts = nondominated_fronts(rows)
    assert fronts.tolist() == numpy_nondominated_fronts(rows).tolist()
    assert np.allclose(crowding(rows, fronts), numpy_crowding(rows, fronts))
    numbers = list(range(len(rows), 0, -1))
    assert most_crowded(rows, numbers) == numpy_most_crowded(rows, numbers)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(0, 5))
def test_elo_matches_agree(seed: int, cases: int, matches: int) -> None:
    rng = np.random.default_rng(seed)
    results = rng.integers(0, 3, (8, cases)).astype("f8")
    results[rng.random(results.shape) < 0.3] = np.nan
    values, ratings = results[-1], (1500 + 100 * rng.normal(size=matches + 1)).tolist()
    seats = rng.permutation(7)[:matches].tolist()
    played = play(results, seats, values, ratings, 32.0)
    assert played == numpy_play(results, seats, values, ratings, 32.0)
    assert sum(played) == pytest.approx(sum(ratings))
    table, numbers = rng.integers(0, 4, 30).astype("f8"), rng.permutation(30)[:9].tolist()
    assert weakest(table, numbers) == numpy_weakest(table, numbers)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 4), st.integers(1, 30))
def test_cell_lookups_agree(seed: int, width: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(25, width))
    rows[rng.random(rows.shape) < 0.1] = np.nan
    edges = [np.sort(rng.normal(size=int(rng.integers(0, 6)))).tolist() for _ in range(width)]
    assert grid_cells(rows, edges).tolist() == numpy_grid_cells(rows, edges).tolist()
    rows, centroids = np.nan_to_num(rows), rng.normal(size=(count, width))
    assert (
        nearest_centroid(rows, centroids).tolist()
        == numpy_nearest_centroid(rows, centroids).tolist()
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_uct_walks_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    trees = [UctTree(1.41, 0.8, 0.5, 1.0, 0.02), uct_tree(1.41, 0.8, 0.5, 1.0, 0.02)]
    flying: list[int] = []
    for number in range(60):
        parent = int(rng.integers(number)) if number > 1 else -1
        value = float(rng.integers(0, 8)) / 8
        for tree in trees:
            tree.add(number, parent)
            tree.visit(number, value)
        again, change = int(rng.integers(number + 1)), float(rng.integers(-2, 3)) / 8
        for tree in trees:
            tree.amend(again, change)
        chosen = {tree.select(0.0, 1.0) for tree in trees}
        assert len(chosen) == 1
        flying.append(chosen.pop())
        for tree in trees:
            tree.fly(flying[-1], 1)
        if len(flying) > 3:
            landed = flying.pop(int(rng.integers(len(flying))))
            for tree in trees:
                tree.fly(landed, -1)
    assert [trees[0].visits(n) for n in range(60)] == [trees[1].visits(n) for n in range(60)]
    assert [trees[0].total(n) for n in range(60)] == [trees[1].total(n) for n in range(60)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=50), st.floats(0.01, 10), st.floats(0, 0.999)
)
def test_softmax_proposals_by_rank_agree(fitness: list[float], heat: float, where: float) -> None:
    plain, fast = Ranking(), ranking()
    for number, value in enumerate(fitness):
        plain.insert(number, round(value, 3))
        fast.insert(number, round(value, 3))
    assert plain.propose(heat, where) == fast.propose(heat, where)
    assert Ranking().propose(heat, where) == ranking().propose(heat, where) == (-1, 0.0)


def test_softmax_proposals_agree_in_a_large_ranking() -> None:
    rng, plain, fast = np.random.default_rng(1), Ranking(), ranking()
    for number, value in enumerate(rng.normal(size=5000).round(2).tolist()):
        plain.insert(number, value)
        fast.insert(number, value)
    for heat in (1e-12, 0.01, 0.3, 5.0, 1e6):
        for where in (0.0, *rng.random(200).tolist(), 0.9999999):
            assert plain.propose(heat, where) == fast.propose(heat, where)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40), st.floats(0.01, 10))
def test_accepted_proposals_have_the_distribution_of_the_softmax(
    fitness: list[float], heat: float
) -> None:
    for order in (Ranking(), ranking()):
        for number, value in enumerate(fitness):
            order.insert(number, value)
        # Every share of a fine comb, weighed by its chance: the distribution of what is accepted.
        found, teeth = np.zeros(len(fitness)), 4000
        for tooth in range(teeth):
            number, chance = order.propose(heat, (tooth + 0.5) / teeth)
            assert 0.499 < chance <= 1.0
            found[number] += chance
        weights = np.exp((np.array(fitness) - max(fitness)) / heat)
        assert np.allclose(
            found / found.sum(), weights / weights.sum(), atol=4 * len(fitness) / teeth
        )
