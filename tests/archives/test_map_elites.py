"""MAP-Elites: cells by rank, elites that stay, islands that migrate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.archives.base import Axis, Result, Space, Standing
from cladogen.archives.bins import Bins
from cladogen.archives.contract import AXES, CASES, World, played
from cladogen.archives.cvt import CvtMapElites, spread
from cladogen.archives.map_elites import MapElites
from cladogen.archives.topology import TOPOLOGIES, targets
from cladogen.errors import ConfigError
from cladogen.evaluation import Score, Status
from cladogen.proposal import Outcome
from cladogen.task import Measure, Propose

FIXED = (Axis("size", 4, "linear", 0, 4), Axis("depth", 3, "linear", 0, 3))


def told(
    archive: MapElites,
    number: int,
    fitness: float,
    features: tuple[float, ...],
    island: int = 0,
    ticket: int = 0,
) -> Standing:
    task = Propose(ticket, () if number == 0 else (0,), island=island)
    score = Score(Status.OK, fitness, features=features)
    return archive.tell(Result(task, Outcome.ACCEPTED, number, task.parents, score))


def elites(archive: MapElites, island: int = 0) -> dict[int, int]:
    return {cell: entries[0][1] for cell, entries in archive.islands.grids[island].cells.items()}


def test_the_best_of_a_cell_is_kept_and_a_worse_one_is_not() -> None:
    archive = MapElites(Space(FIXED), islands=1, depth=1)
    assert told(archive, 0, 1.0, (0.5, 0.5)) is Standing.NEW
    assert told(archive, 1, 2.0, (0.6, 0.6)) is Standing.IMPROVED
    assert told(archive, 2, 1.5, (0.7, 0.7)) is Standing.REJECTED
    assert told(archive, 3, 0.0, (3.5, 2.5)) is Standing.NEW
    assert elites(archive) == {0: 1, 11: 3}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 3]))
def test_an_elite_leaves_only_for_a_better_program(seed: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    archive = MapElites(Space(FIXED), islands=2, depth=depth, migrate_every=5)
    best: dict[tuple[int, int], float] = {}
    for number in range(80):
        told(archive, number, float(rng.normal()), tuple((rng.random(2) * 5).tolist()), number % 2)
        for island in range(2):
            for cell, entries in archive.islands.grids[island].cells.items():
                assert -entries[0][0] >= best.get((island, cell), -np.inf)
                best[island, cell] = -entries[0][0]
            assert {cell for (at, cell) in best if at == island} == set(
                archive.islands.grids[island].cells
            )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_cells_taken_from_the_data_keep_the_best_of_everything_seen(seed: int) -> None:
    rng = np.random.default_rng(seed)
    archive = MapElites(Space((Axis("a", 4, "quantile"), Axis("b", 3))), islands=1, depth=1)
    seen = []
    for number in range(60):
        fitness, features = float(rng.normal()), (float(rng.normal()), float(rng.standard_cauchy()))
        seen.append((fitness, number, features))
        told(archive, number, fitness, features)
    expected: dict[int, tuple[float, int]] = {}
    for fitness, number, features in seen:
        cell = archive.bins.cell(features)
        if cell not in expected or fitness > expected[cell][0]:
            expected[cell] = (fitness, number)
    assert elites(archive) == {cell: number for cell, (_, number) in expected.items()}


@pytest.mark.parametrize("scale", ["quantile", "linear", "log"])
@pytest.mark.parametrize("outlier", [1e12, 1e-12])
def test_an_outlier_cannot_empty_the_other_cells(scale: str, outlier: float) -> None:
    rng = np.random.default_rng(0)
    bins = Bins([Axis("size", 10, scale)])
    values = np.append(rng.uniform(10, 20, 200), outlier)
    bins.fit(values[:, None])
    assert len(set(bins.cells(values[:, None]).tolist())) == 10


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["linear", "log", "quantile"]),
    st.lists(st.floats(-1e6, 1e6), max_size=30),
    st.integers(1, 12),
    st.sampled_from([None, 1.0]),
    st.sampled_from([None, 50.0]),
)
def test_every_cell_can_be_reached(
    scale: str, values: list[float], count: int, low: float | None, high: float | None
) -> None:
    bins = Bins([Axis("size", count, scale, low, high)])
    bins.fit(np.array(values, "f8").reshape(-1, 1))
    edges = bins.edges[0]
    reaching = [edges[0] - 1 if edges else 0.0, *edges]
    assert sorted(bins.cell((value,)) for value in reaching) == list(range(count))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_one_programs_cell_is_the_cell_of_many(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bins = Bins([Axis("a", 7, "quantile"), Axis("b", 3, "log"), Axis("c", 2, "linear", 0, 1)])
    features = rng.normal(1, 3, (40, 3))
    bins.fit(features)
    assert bins.cells(features).tolist() == [bins.cell(row) for row in features.tolist()]


def test_features_that_do_not_fit_the_axes_are_named() -> None:
    with pytest.raises(ValueError, match="a score has 1 features; the axes are 2: size, depth"):
        told(MapElites(Space(FIXED)), 0, 1.0, (0.5,))


@pytest.mark.parametrize(
    ("axis", "words"),
    [
        (Axis("size", 0), "bins of axis size"),
        (Axis("size", 3, "linear", 2, 1), "low 2 must be below high 1"),
        (Axis("size", 3, "log", -1, 1), "log scale needs low above 0"),
    ],
)
def test_wrong_axes_are_named(axis: Axis, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        MapElites(Space((axis,)))


def test_islands_take_turns_also_with_tasks_in_flight() -> None:
    archive = MapElites(Space(FIXED), islands=3)
    told(archive, 0, 1.0, (0.5, 0.5))
    asked = [archive.ask(ticket, np.random.default_rng(ticket)).island for ticket in range(1, 10)]
    assert (
        sorted(asked) == [0, 0, 1, 1, 1, 2, 2, 2, 2]
        or sorted(asked).count(0) == 3
        or len(set(asked)) == 3
    )


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_migrants_arrive_and_are_counted(topology: str) -> None:
    archive = MapElites(
        Space(FIXED), islands=4, migrate_every=4, migrants=2, topology=topology, depth=1
    )
    rng = np.random.default_rng(0)
    for number in range(120):
        told(archive, number, float(rng.normal()), tuple((rng.random(2) * 4).tolist()), number % 4)
    view = archive.view()
    assert view.migrations == sum(archive.islands.arrived) > 0
    assert all(arrived > 0 for arrived in archive.islands.arrived)
    homes = {number: number % 4 for number in range(1, 120)}
    strangers = [
        number
        for island, grid in enumerate(archive.islands.grids)
        for number in grid.numbers()
        if number and homes[number] != island
    ]
    assert strangers


def test_named_topologies() -> None:
    assert [targets("ring", island, 3, 0) for island in range(3)] == [(1,), (2,), (0,)]
    assert [targets("star", island, 3, 0) for island in range(3)] == [(1, 2), (0,), (0,)]
    assert targets("full", 1, 3, 0) == (0, 2)
    random = [targets("random", 1, 4, turn) for turn in range(200)]
    assert {target for (target,) in random} == {0, 2, 3}
    assert random == [targets("random", 1, 4, turn) for turn in range(200)]
    assert targets("ring", 0, 1, 0) == ()


def test_stagnation_starts_a_fresh_island_then_restarts_the_worst() -> None:
    archive = MapElites(Space(FIXED), islands=1, spawn_after=5, max_islands=2, depth=1)
    told(archive, 0, 1.0, (0.5, 0.5))
    for number in range(1, 6):
        told(archive, number, 0.0, (3.5, 2.5))
    assert len(archive.islands) == 2
    assert elites(archive, 1) == {0: 0}
    for number in range(6, 11):
        told(archive, number, 0.0, (2.5, 2.5), island=1)
    assert len(archive.islands) == 2
    assert elites(archive, 0) == {0: 0}


def test_islands_whose_bests_are_equal_restart_in_turn() -> None:
    archive = MapElites(
        Space(), islands=3, max_islands=3, spawn_after=1, topology="full", migrate_every=1
    )
    told(archive, 0, 0.0, ())
    restarted, starts = [], archive.restart
    archive.restart = lambda island: (restarted.append(island), starts(island))  # type: ignore[method-assign]
    for number in range(1, 10):
        told(archive, number, -1.0, (), number % 3)
    assert restarted[:6] == [0, 1, 2, 0, 1, 2]


def test_a_program_measured_again_and_found_worse_gives_its_cell_back() -> None:
    archive = MapElites(Space(FIXED), islands=1, depth=1)
    told(archive, 0, 1.0, (0.5, 0.5))
    told(archive, 1, 3.0, (0.5, 0.5))
    told(archive, 2, 2.0, (0.5, 0.5))
    score = Score(Status.OK, 0.5, features=(0.5, 0.5))
    archive.tell(Result(Measure(9, 1, CASES), Outcome.MEASURED, 1, (), score))
    assert elites(archive) == {0: 2}
    assert archive.shortlist(3) == (2, 0, 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 3]), st.booleans())
def test_cells_hold_the_best_of_everything_seen_however_scores_change(
    seed: int, depth: int, axes: bool
) -> None:
    archive, rng = (
        MapElites(Space(FIXED if axes else ()), islands=1, depth=depth),
        np.random.default_rng(seed),
    )
    known: dict[int, tuple[int, float]] = {}
    for number in range(80):
        features = tuple((rng.random(2) * 2).tolist()) if axes else ()
        fitness = float(rng.normal())
        told(archive, number, fitness, features)
        known[number] = (archive.bins.cell(features), fitness)
    for turn in range(200):
        kept = sorted(archive.islands.grids[0].numbers())
        number = kept[turn % len(kept)] if rng.random() < 0.8 else int(rng.integers(80))
        features = tuple((rng.random(2) * 2).tolist()) if axes else ()
        fitness = None if rng.random() < 0.1 else float(rng.normal()) - turn / 50
        score = Score(Status.OK, fitness, features=features)
        archive.tell(Result(Measure(9, number, CASES), Outcome.MEASURED, number, (), score))
        known.pop(number, None)
        if fitness is not None:
            known[number] = (archive.bins.cell(features), fitness)
        for cell in range(12):
            there = sorted((-fitness, n) for n, (at, fitness) in known.items() if at == cell)
            assert archive.islands.grids[0].cells.get(cell, []) == there[:depth]
            if cell in archive.islands.grids[0].cells:
                assert archive.islands.grids[0].best <= there[0]


def test_without_axes_an_island_is_a_population() -> None:
    archive, world = (
        MapElites(Space(cases=CASES), islands=1),
        World(Space(cases=CASES), 3, failing=0.0),
    )
    list(played(archive, world, 80))
    assert archive.view().kept == 64
    worst = min(
        archive.islands.grids[0].numbers(), key=lambda number: archive.population.fitness[number]
    )
    better = sum(
        archive.population.fitness[n] > archive.population.fitness[worst] for n in world.quality
    )
    assert better == 63


def test_parents_mix_the_whole_archive_with_the_best() -> None:
    archive = MapElites(Space(FIXED), islands=1, depth=1, crossover=0.0)
    rng = np.random.default_rng(0)
    for number in range(300):
        told(archive, number, float(rng.normal()), tuple((rng.random(2) * 4).tolist()))
    kept = sorted(elites(archive).values(), key=lambda number: archive.population.fitness[number])
    asked = [archive.ask(ticket, np.random.default_rng(ticket)) for ticket in range(1000, 3000)]
    counts = np.array([sum(task.parents[0] == number for task in asked) for number in kept])
    assert counts.min() > 2000 * 0.5 / len(kept) * 0.5
    assert counts[-1] > 2 * counts[0]
    assert all(task.inspirations and task.parents[0] not in task.inspirations for task in asked)


@settings(max_examples=10, deadline=None)
@given(st.integers(2, 5), st.integers(1, 3))
def test_centroids_are_spread_evenly(tens: int, dimensions: int) -> None:
    points = spread(10 * tens, dimensions)
    assert points.min() > 0 and points.max() < 1
    assert np.allclose(points.mean(axis=0), 0.5, atol=0.05)
    assert np.array_equal(points, spread(10 * tens, dimensions))


@pytest.mark.parametrize(
    ("option", "value"), [("depth", 0), ("centroids", 0), ("centroids", 10_001)]
)
def test_options_that_make_no_cells_or_take_forever_are_refused(option: str, value: int) -> None:
    with pytest.raises(ConfigError, match=option):
        CvtMapElites(Space(FIXED), **{option: value})


def test_every_centroid_can_be_reached() -> None:
    space = Space((Axis("a", 5, "linear", 0.0, 1.0), Axis("b", 5, "linear", 0.0, 1.0)))
    archive = CvtMapElites(space, centroids=50)
    side = (np.arange(100) + 0.5) / 100
    cells = archive.bins.cells(np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2))
    assert set(cells.tolist()) == set(range(50))
    assert archive.bins.cell((0.1, 0.9)) == archive.bins.cells(np.array([[0.1, 0.9]]))[0]


def test_view_shows_cells_islands_and_migrations() -> None:
    space = Space(AXES, cases=CASES)
    archive = MapElites(space, islands=2, migrate_every=5)
    list(played(archive, World(space, 1), 60))
    view = archive.view()
    assert view.cells == 15 and view.filled and len(view.islands) == 2 and view.migrations > 0
    assert view.lines[0].startswith("island 0: ")
