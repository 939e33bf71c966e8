"""Genomes that are arrays: operators, what they leave alone, and a network that evolves with its architecture."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_world import problem

from cladogen.cli.main import main
from cladogen.errors import ConfigError
from cladogen.patch import apply_diff
from cladogen.patching.array_files import read_array, write_array
from cladogen.problem import load
from cladogen.program import File, Program
from cladogen.proposal import Outcome
from cladogen.proposers.arrays import Arrays, grown, linked, mixed, moved, pruned, shaken
from cladogen.proposers.offline import Offline
from cladogen.record.store import Store
from cladogen.result import Result
from cladogen.task import Propose

PROBLEMS = Path(__file__).parents[2] / "problems"
RNG = np.random.default_rng(3)
GENOME = {"w1.npy": RNG.normal(size=(3, 4)), "w2.npy": RNG.normal(size=(4, 2))}


def answers(genome):
    return np.tanh(np.eye(3) @ genome["w1.npy"]) @ genome["w2.npy"]


def rng(seed=0):
    return np.random.default_rng(seed)


def test_matrices_that_follow_one_another_are_linked_by_their_units():
    assert linked(GENOME) == [("w1.npy", "w2.npy")]
    assert linked({"a.npy": np.zeros((2, 3)), "b.npy": np.zeros((4, 1))}) == []


def test_unit_that_is_added_changes_nothing_at_first():
    made = grown(GENOME, 0.0, rng())
    assert made["w1.npy"].shape == (3, 5) and made["w2.npy"].shape == (5, 2)
    assert np.allclose(answers(made), answers(GENOME))
    near = answers(grown(GENOME, 0.05, rng())) - answers(GENOME)
    assert 0 < np.abs(near).max() < 0.5


def test_unit_that_is_taken_away_is_the_one_with_the_least_weight():
    idle = {**GENOME, "w2.npy": GENOME["w2.npy"].copy()}
    idle["w2.npy"][2] = 0.0
    made = pruned(idle, rng())
    assert made["w1.npy"].shape == (3, 3) and np.allclose(answers(made), answers(idle))
    assert pruned({"a.npy": np.zeros((2, 1)), "b.npy": np.zeros((1, 1))}, rng()) == {}


def test_noise_moves_values_by_the_scale_of_their_array():
    steps = [np.std(shaken(GENOME, 0.1, rng(at)).get("w1.npy", GENOME["w1.npy"]) - GENOME["w1.npy"])
             for at in range(60)]  # fmt: skip
    assert 0.005 < np.median([step for step in steps if step]) < 0.5


def test_bytes_of_an_image_stay_bytes():
    image = {"i.png": np.full((2, 2, 3), 250, np.uint8)}
    image["i.png"][0] = 3
    made = shaken(image, 3.0, rng(1))["i.png"]
    assert made.dtype == np.uint8 and made.shape == (2, 2, 3)


def test_difference_of_two_others_is_added():
    one = {path: array + 1.0 for path, array in GENOME.items()}
    change = moved(GENOME, one, GENOME, rng())["w1.npy"] - GENOME["w1.npy"]
    assert set(np.round(change / change.max(), 9).ravel()) <= {0.0, 1.0}


def test_units_are_taken_whole_from_another_program():
    other = {path: array + 100.0 for path, array in GENOME.items()}
    made = mixed(GENOME, other, rng())
    for unit in range(4):
        taken = made["w1.npy"][0, unit] > 50
        assert (made["w1.npy"][:, unit] > 50).all() == taken
        assert (made["w2.npy"][unit] > 50).all() == taken


class One:
    """A record of one program."""

    def __init__(self, program):
        self._program = program

    def program(self, number):
        return self._program

    def score(self, number):
        return None

    def best(self, count=1):
        return [0]

    def size(self):
        return 1


def world(**files):
    start = Program.of({name.replace("_", "."): File(data) for name, data in files.items()})
    return replace(problem((start,)), editable=("*.npy", "*.py")), start


def test_child_is_a_git_patch_of_the_array_and_the_same_for_the_same_stream():
    goal, start = world(w_npy=write_array("w.npy", np.arange(6.0)))
    made = [
        asyncio.run(Arrays(goal).propose(Propose(1, (0,)), One(start), rng(5))) for _ in range(2)
    ]
    assert made[0].patch == made[1].patch and made[0].operator == "gaussian"
    child = apply_diff(start, made[0].patch)
    assert read_array("w.npy", child.files["w.npy"].data).shape == (6,)


def test_program_without_arrays_that_may_change_is_refused_in_one_line():
    goal, _ = world(x_py=b"x = 1\n")
    with pytest.raises(ConfigError, match=r"no \*.npy or \*.png of the seed may change"):
        Arrays(goal)


def test_sigma_that_is_no_number_is_refused():
    goal, _ = world(w_npy=write_array("w.npy", np.arange(6.0)))
    with pytest.raises(ConfigError, match="proposer option sigma = 'wide'"):
        Arrays(goal, sigma="wide")


def test_without_architecture_no_unit_comes_or_goes():
    goal, _ = world(w_npy=write_array("w.npy", np.arange(6.0)))
    chances = Arrays(goal, architecture="false").bandit.chances()
    assert chances["grow"] == chances["prune"] == 0.0 < Arrays(goal).bandit.chances()["grow"]
    with pytest.raises(ConfigError, match="proposer option architecture = 'maybe'"):
        Arrays(goal, architecture="maybe")


def test_offline_changes_arrays_where_a_program_holds_some_and_no_others():
    goal, start = world(w_npy=write_array("w.npy", np.arange(6.0)), x_py=b"x = 1\n")
    offline = Offline(goal)
    assert offline.bandit.chances()["arrays"] > offline.bandit.chances()["mutate"] > 0.0
    made = asyncio.run(
        Offline(goal, weights={"arrays": 1.0}).propose(Propose(1, (0,)), One(start), rng(5))
    )
    assert made.operator == "gaussian" and "w.npy" in made.summary
    before = offline.bandit.chances()["arrays"]
    for ticket in range(60):
        offline.tell(replace(made, ticket=ticket, parent_fitness=0.0), in_vain_of(made, ticket))
    assert offline.bandit.chances()["arrays"] < before, "what gains nothing loses turns"
    text, _ = world(x_py=b"x = 1\n")
    assert "arrays" not in Offline(text).bandit.chances()
    with pytest.raises(ConfigError, match=r"no \*.npy or \*.png of the seed may change"):
        Offline(text, arrays={"sigma": 0.1})


def test_where_only_arrays_may_change_no_turn_is_given_to_what_changes_text():
    goal, _ = world(w_npy=write_array("w.npy", np.arange(6.0)))
    assert list(Offline(goal).bandit.chances()) == ["arrays"]


def in_vain_of(made, ticket):
    """Return a result that made what is known."""
    return Result(Propose(ticket, (0,)), Outcome.DUPLICATE, 0, parents=made.parents)


def test_network_evolves_weights_and_architecture_and_shows_them_as_arrays(tmp_path, capsys):
    folder = tmp_path / "run"
    asked = ["run", str(PROBLEMS / "spirals"), "--run", str(folder), "--sandbox", "local"]
    assert main([*asked, "--max-proposals", "100", "--workers", "1", "--plain"]) == 0
    store = Store.open(folder)
    shapes = {
        read_array("w1.npy", store.program(node.number).files["w1.npy"].data).shape
        for node in store.nodes()
    }
    operators = {store.proposal(node.ticket).operator for node in store.nodes() if node.parents}
    store.close()
    assert max(shapes) > (3, 4) and {"gaussian", "grow"} <= operators
    assert "NUMPY" not in capsys.readouterr().out, "the program that ships is printed at the end"
    assert main(["show", str(folder), "best", "--files"]) == 0
    assert "array: float64 (3, " in capsys.readouterr().out
    assert main(["blame", str(folder), "best"]) == 0
    assert "NUMPY" not in capsys.readouterr().out
    assert main(["ask", str(folder)]) == 0
    assert "w1.npy (array: float64 (3, " in capsys.readouterr().out
    assert main(["diff", str(folder), "best"]) == 0
    said = capsys.readouterr().out
    assert "w1.npy: float64 (3, 4)" in said and "GIT binary patch" not in said
    assert "proposer" not in load(PROBLEMS / "spirals").defaults, "what is used unless told"
