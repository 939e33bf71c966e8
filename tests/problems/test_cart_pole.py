"""A policy is judged by its actions, played again: what they earn, what is refused, and the two fidelities."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from cladogen.cli.main import main
from cladogen.problem import load
from cladogen.scoring import Invalid

FOLDER = Path(__file__).parents[2] / "problems" / "cart_pole"
PARAMETERS = {"environment": "cart_pole", "episodes": 2, "steps": 300, "short_steps": 50}


def read(name, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    for module in ("environment", "policy"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    path = FOLDER / ("seed" if name == "environment" else "") / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"cart_pole_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def scorer(monkeypatch):
    return read("scorer", monkeypatch)


def acted(case, act, monkeypatch):
    """What the driver returns with a policy of the test's own."""
    environment = read("environment", monkeypatch)
    actions = np.zeros((len(case.input["seeds"]), case.input["steps"]))
    for row, seed in zip(actions, case.input["seeds"], strict=True):
        world = environment.make("cart_pole")
        seen, over = world.reset(seed), False
        for at in range(len(row)):
            if not over:
                row[at] = np.clip(act(seen), -1, 1)
                seen, _, over = world.step(float(row[at]))
    return actions


def swings(seen):
    x, v, cosine, sine, turn = seen
    if cosine > 0.85:
        return 3.0 * sine + 0.5 * turn + 0.03 * x + 0.06 * v
    return -0.3 * turn * cosine - 0.2 * x


def test_policy_that_swings_up_earns_more_than_one_that_does_nothing(scorer, monkeypatch):
    case = next(each for each in scorer.cases(PARAMETERS) if each.name == "train-1")
    idle = scorer.score(case, np.zeros((2, 300))).metrics["reward"]
    active = scorer.score(case, acted(case, swings, monkeypatch)).metrics["reward"]
    assert idle < 0.05 < 0.1 < active <= 1.0


def test_cart_that_leaves_its_track_earns_nothing_more(scorer):
    case = scorer.cases(PARAMETERS)[1]
    said = scorer.score(case, np.ones((2, 300)))
    assert "2 of 2 episodes ended early" in said.feedback and said.metrics["reward"] < 0.1


@pytest.mark.parametrize("rubbish", [np.zeros((2, 299)), np.full((2, 300), 1.5), "up", None])
def test_what_is_no_table_of_actions_in_range_is_invalid(scorer, rubbish):
    with pytest.raises(Invalid):
        scorer.score(scorer.cases(PARAMETERS)[1], rubbish)


def test_episodes_of_the_splits_have_seeds_of_their_own_and_the_proxy_is_short(scorer):
    every = scorer.cases(PARAMETERS)
    seeds = [seed for case in every for seed in case.input["seeds"]]
    assert len(seeds) == len(set(seeds))
    assert [case.split for case in every].count("heldout") == 6
    short = next(case for case in every if case.name == "short")
    assert short.input["steps"] < 300
    assert load(FOLDER).proxy.cases == ("short",)


def test_program_may_not_change_the_worlds_that_the_scorer_plays():
    assert not load(FOLDER).may_change("environment.py")


def test_environment_that_is_not_there_is_one_line(scorer):
    with pytest.raises(ValueError, match="write 'cart_pole' or 'gymnasium:NAME'"):
        scorer.cases({**PARAMETERS, "environment": "cartpole"})


def test_gymnasium_is_asked_for_by_name_where_it_is_missing_and_played_where_it_is_there(scorer):
    asked = {**PARAMETERS, "environment": "gymnasium:CartPole-v1"}
    if importlib.util.find_spec("gymnasium") is None:
        with pytest.raises(ValueError, match="pip install gymnasium"):
            scorer.cases(asked)
        return
    said = scorer.score(scorer.cases(asked)[1], np.zeros((2, 300)))
    assert said.metrics["reward"] > 0


def test_template_for_policies_is_a_copy_of_it(tmp_path):
    assert main(["init", str(tmp_path / "mine"), "--template", "policy"]) == 0
    assert (tmp_path / "mine" / "seed" / "policy.py").is_file()
    assert load(tmp_path / "mine").objective.name == "reward"
