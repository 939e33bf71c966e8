"""What is each island's own: how parents are drawn, its seed programs, its features, and its words in prompts."""

from dataclasses import replace

import numpy as np
import pytest

from cladogen.archives.adaevolve import AdaEvolve
from cladogen.archives.contract import SPACES, ArchiveContract, World
from cladogen.archives.cvt import CvtMapElites
from cladogen.archives.draws import Draws
from cladogen.archives.evolving_draws import EVERY, MARK, EvolvingDraws
from cladogen.archives.map_elites import MapElites
from cladogen.cli.main import main
from cladogen.errors import ConfigError, ProblemError
from cladogen.evaluation import Score, Status
from cladogen.problem import load
from cladogen.problem.space import Axis, IslandPlan, Space
from cladogen.proposal import Outcome
from cladogen.result import Result
from cladogen.task import Propose

AXES = (Axis("size", 4, "linear", 0.0, 4.0), Axis("speed", 4, "linear", 0.0, 4.0))
OWN = Space(
    AXES,
    islands=(IslandPlan(seeds=(0,), features=("size",)), IslandPlan("be quick", (1,), ("speed",))),
)


class TestMapElitesWithIslandsThatEvolve(ArchiveContract):
    def make(self, space):
        return MapElites(space, islands=3, evolve_islands=True)


class TestAdaEvolveWithEvolvingDraws(ArchiveContract):
    def make(self, space):
        return AdaEvolve(space, evolve=True)


class TestCvtWithIslandsThatEvolve(ArchiveContract):
    def make(self, space):
        return CvtMapElites(space, centroids=8, islands=2, evolve_islands=True)


class TestMapElitesWithIslandsOfTheirOwn(ArchiveContract):
    def make(self, space):
        own = IslandPlan(features=tuple(axis.metric for axis in space.axes[:1]), focus="one")
        return MapElites(replace(space, islands=(own, IslandPlan("two"))))


def told(archive, number, features, fitness=1.0, parents=(0,), island=0):
    score = Score(Status.OK, fitness, features=features)
    task = Propose(number, parents, island=island)
    return archive.tell(Result(task, Outcome.ACCEPTED, number, parents, score))


def seeded(space=OWN, **options):
    archive = MapElites(space, depth=1, **options)
    for seed in (0, 1):
        told(archive, seed, (0.5, 0.5), parents=())
    return archive


def test_islands_begin_with_their_own_seed_programs_and_there_are_as_many_as_are_described():
    archive = seeded()
    held = [list(grid.numbers()) for grid in archive.islands.grids]
    assert held == [[0], [1]]
    asked = [archive.ask(ticket, np.random.default_rng(ticket)) for ticket in range(5, 13)]
    assert {(task.island, task.parents[0]) for task in asked} == {(0, 0), (1, 1)}


def test_cells_of_an_island_are_of_its_own_features():
    archive = seeded()
    for number, features in ((2, (0.5, 3.5)), (3, (2.5, 0.5))):
        for island in (0, 1):
            told(archive, number + 2 * island, features, 2.0, (island,), island)
    size, speed = (set(grid.cells) for grid in archive.islands.grids)
    assert size == {0, 2}, "sizes 0.5 and 2.5; speed is no axis here"
    assert speed == {0, 3}, "speeds 0.5 and 3.5; size is no axis here"
    assert archive.view().cells == 8 and archive.view().filled == 4


def test_migrants_belong_to_a_cell_of_the_island_that_they_come_to():
    archive = seeded(migrate_every=1, migrants=1)
    told(archive, 2, (0.5, 3.5), 5.0, (0,), 0)
    assert archive.islands.grids[1].held(3) and archive.view().migrations >= 1


def test_seed_that_is_measured_again_stays_on_its_own_islands():
    archive = seeded()
    score = Score(Status.OK, 7.0, features=(1.5, 1.5))
    archive.tell(Result(Propose(9, ()), Outcome.MEASURED, 0, (), score))
    assert 0 not in list(archive.islands.grids[1].numbers())
    assert list(archive.islands.grids[0].numbers()) == [0]


def test_each_island_draws_by_its_own_numbers_and_the_first_by_those_that_were_given():
    draws = EvolvingDraws(Draws(), islands=3)
    rng = np.random.default_rng(0)
    assert draws.choose(rng, 0) == (Draws(), f"{MARK}0")
    assert draws.choose(rng, 4) == (draws.variants[0], f"{MARK}1")
    before = list(draws.variants)
    for at in range(EVERY):
        result = Result(Propose(1, (0,), note=f"{MARK}{1 + at % 2}"), Outcome.ACCEPTED, 1, (0,))
        draws.tell(replace(result, last=True), best=at % 2 == 0, better=at % 2 == 0)
    assert draws.variants[0] == before[0] and draws.variants[1] != before[1]


def test_archive_that_is_told_a_runs_results_has_the_islands_draws_that_the_run_had():
    space, results = SPACES[1], []
    live = MapElites(space, islands=3, evolve_islands=True)
    world = World(space)
    for result in world.seeds():
        live.tell(result)
        results.append(result)
    for ticket in range(1, 120):
        results.append(world.play(live.ask(ticket, np.random.default_rng(ticket))))
        live.tell(results[-1])
    again = MapElites(space, islands=3, evolve_islands=True)
    for result in results:
        again.tell(result)
    assert (
        again.evolving.variants == live.evolving.variants != EvolvingDraws(live.draws, 3).variants
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MapElites(Space(), islands=1, evolve_islands=True), "there is one island"),
        (
            lambda: MapElites(Space(), islands=3, evolve=True, evolve_islands=True),
            "give one of them",
        ),
        (lambda: CvtMapElites(OWN, centroids=8), "one set of cells for all islands"),
    ],
)
def test_option_that_an_archive_cannot_use_is_one_line(make, words):
    with pytest.raises(ConfigError, match=words):
        make()


TOML = """
[program]
editable = ["x.py"]
entry = "x.py:run"
[objective]
metric = "value"
[[features]]
metric = "size"
[[islands]]
focus = "Prefer short programs."
features = ["size"]
[[islands]]
seeds = [0]
"""

SCORER = """from cladogen.scoring import Case, Scored


def cases(parameters):
    return [Case("one", 1)]


def score(case, output):
    return Scored({"value": float(output), "size": 1.0})
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "x.py").write_text("def run(case):\n    return 1\n")
    (tmp_path / "scorer.py").write_text("")
    (tmp_path / "problem.toml").write_text(TOML)
    return tmp_path


def test_problem_says_what_is_each_islands_own(folder):
    problem = load(folder)
    assert problem.space().islands == (
        IslandPlan("Prefer short programs.", (), ("size",)),
        IslandPlan("", (0,), ()),
    )
    assert [problem.focus(island) for island in range(3)] == [
        "Prefer short programs.",
        "",
        "Prefer short programs.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('features = ["size"]', 'features = ["sise"]', "no [[features]] on 'sise'"),
        ("seeds = [0]", "seeds = [3]", "no seed program 3; there are 0 to 0"),
        ("seeds = [0]", 'seeds = ["a"]', "numbers of seed programs"),
        ("seeds = [0]", "", "says nothing"),
        ("seeds = [0]", "seed = [0]", "unknown key"),
    ],
)
def test_island_that_is_wrong_is_one_line(folder, old, new, words):
    (folder / "problem.toml").write_text(TOML.replace(old, new))
    with pytest.raises(ProblemError) as caught:
        load(folder)
    assert words in str(caught.value) and "[[islands]]" in str(caught.value)


@pytest.mark.parametrize(("rule", "said"), [("greedy", True), ("map_elites", False)])
def test_run_says_where_its_archive_has_no_such_islands(folder, capsys, rule, said):
    (folder / "scorer.py").write_text(SCORER)
    main(["run", str(folder), "--archive", rule, "--sandbox", "local", "--plain", "--run",
          str(folder / "runs" / "one"), "--max-proposals", "1"])  # fmt: skip
    assert (
        f"[[islands]] is not used: {rule} has no such islands" in capsys.readouterr().out
    ) is said
