"""The world without a model, through the real engine: what it draws, what it hides, and that it is always the same."""

import json
from pathlib import Path

import numpy as np
import pytest

from cladogen import evolve
from cladogen.cli.main import main
from cladogen.errors import ProblemError
from cladogen.evaluation import Status
from cladogen.problem import load
from cladogen.problem.user_classes import folder_class
from cladogen.program import File, Program
from cladogen.record.store import Store
from cladogen.search.streams import stream

WORLD = Path(__file__).parents[2] / "problems" / "latent_tree"


def agent(ability, potential=0.0):
    return Program.of(
        {"agent.json": File(json.dumps({"ability": ability, "potential": potential}).encode())}
    )


@pytest.fixture
def world():
    problem = load(WORLD).with_seed(0)
    return folder_class(problem.folder, problem.evaluator)(problem)


def drawn(variant, count=4000):
    problem = load(WORLD, variant)
    proposer = folder_class(problem.folder, "latent.py:LatentProposer")(problem=problem)
    parent = folder_class(problem.folder, "latent.py:Agent")(1.0, 0.2 if not variant else 0.0)
    return [proposer.child(parent, stream(7, "test", number)) for number in range(count)]


def test_children_are_drawn_as_the_statement_says():
    children = drawn("")
    made = [child for child in children if child is not None]
    assert 1 - len(made) / len(children) == pytest.approx(0.05, abs=0.012)
    gained = np.array([child.potential - 0.2 for child in made])
    assert (gained.mean(), gained.std()) == (
        pytest.approx(0.0, abs=0.02),
        pytest.approx(0.30, abs=0.02),
    )
    change = np.array([child.ability - 1.0 - child.potential for child in made])
    whole = change[change > -1.2]  # without most of the damaged ones
    assert np.corrcoef(gained[change > -1.2], whole)[0, 1] < -0.6
    assert change.mean() == pytest.approx(-0.15 * 1.25, abs=0.04)


def test_null_world_has_no_potential():
    children = [child for child in drawn("null", 300) if child is not None]
    assert {child.potential for child in children} == {0.0}
    assert np.std([child.ability for child in children]) > 0.3


async def test_evaluation_is_the_same_each_time_and_differs_between_programs_seeds_and_worlds(
    world,
):
    first = await world.evaluate(agent(0.5), world.train)
    assert first == await world.evaluate(agent(0.5), world.train)
    assert first != await world.evaluate(agent(0.5), world.train, seed=1)
    solved = [row.metrics["solved"] for row in first]
    assert solved != [
        row.metrics["solved"] for row in await world.evaluate(agent(0.5000001), world.train)
    ]
    other = folder_class(WORLD, "latent.py:LatentEvaluator")(load(WORLD).with_seed(1))
    assert solved != [
        row.metrics["solved"] for row in await other.evaluate(agent(0.5), world.train)
    ]


async def test_results_tend_to_the_chances_which_only_held_out_cases_tell(world):
    truth = await world.evaluate(agent(0.5), world.heldout)
    chance = np.mean([row.metrics["solved"] for row in truth])
    rows = [
        row
        for seed in range(40)
        for row in await world.evaluate(agent(0.5), world.train, seed=seed)
    ]
    assert np.mean([row.metrics["solved"] for row in rows]) == pytest.approx(chance, abs=0.03)
    assert {row.metrics["solved"] for row in rows} == {0.0, 1.0}
    assert not set(world.train) & set(world.heldout)


async def test_weak_agent_stops_after_the_first_ten_cases(world):
    assert len(await world.evaluate(agent(-9.0))) == 10
    assert len(await world.evaluate(agent(9.0))) == 60
    assert await world.evaluate(agent(9.0), fresh=True) == await world.evaluate(agent(9.0))


def test_run_is_a_tree_of_real_diffs_and_the_same_for_the_same_seed(tmp_path):
    for name in ("one", "two"):
        evolve(WORLD, tmp_path / name, archive="clade", seed=3, max_evaluations=120)
    stores = [Store.open(tmp_path / name) for name in ("one", "two")]
    trees = [[(node.program, node.parents) for node in store.nodes()] for store in stores]
    assert trees[0] == trees[1]
    assert len(trees[0]) > 10
    patches = [proposal.patch for proposal in stores[0].proposals() if proposal.patch]
    assert patches[0].startswith("diff --git a/agent.json b/agent.json")
    assert {row[4].case for row in stores[0].evaluations(split="train")} <= {
        f"case-{at:02}" for at in range(60)
    }
    for store in stores:
        store.close()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"ability": 1}', '{"ability": 1e999, "potential": 0}', "[" * 9000]
)
async def test_what_is_no_agent_is_invalid_and_says_why(world, text):
    (row, *_) = await world.evaluate(Program.of({"agent.json": File(text.encode())}))
    assert row.status is Status.INVALID and "not an agent" in row.feedback and not row.metrics


async def test_ability_beyond_reason_is_a_certainty(world):
    assert {row.metrics["solved"] for row in await world.evaluate(agent(1e9), world.heldout)} == {
        1.0
    }
    assert {row.metrics["solved"] for row in await world.evaluate(agent(-1e9), world.heldout)} == {
        0.0
    }


def write(folder, toml):
    (folder / "seed").mkdir(parents=True)
    (folder / "seed" / "a.txt").write_text("1")
    (folder / "problem.toml").write_text(toml)
    (folder / "judge.py").write_text("class Judge:\n    pass\n")
    return folder


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (
            '[evaluator]\nclass = "judge.py:Judge"\n[limits]\ntime_s = 1.0\n',
            "[limits] means nothing beside",
        ),
        ('[evaluator]\nclass = "judge:Judge"\n', 'must be "file.py:Class"'),
        ('[evaluator]\nclas = "judge.py:Judge"\n', "did you mean 'class'"),
        ('[evaluator]\nclass = "other.py:Judge"\n', "other.py: no such file"),
        (
            '[evaluator]\nclass = "judge.py:Judge"\n[program]\nentry = "a.py:run"\n',
            "unknown key 'entry'",
        ),
    ],
)
def test_what_is_wrong_with_an_evaluator_of_ones_own_is_told(tmp_path, toml, told):
    with pytest.raises(ProblemError, match=told.replace("[", r"\[").replace("(", r"\(")):
        load(write(tmp_path / "p", toml))


def test_class_that_is_not_in_the_folder_is_named(tmp_path, capsys):
    folder = write(tmp_path / "p", '[evaluator]\nclass = "judge.py:Juge"\n')
    assert main(["run", str(folder), "--run", str(tmp_path / "r"), "--max-proposals", "1"]) == 2
    assert "no class 'Juge'; did you mean 'Judge'?" in capsys.readouterr().err


def test_file_that_cannot_be_loaded_is_told_with_its_error(tmp_path):
    folder = write(tmp_path / "p", "")
    (folder / "judge.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(ProblemError, match=r"judge\.py: cannot be loaded: ModuleNotFoundError"):
        folder_class(folder, "judge.py:Judge")
