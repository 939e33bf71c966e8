"""The bandit: it finds what gains, forgets what no longer does, and minds the cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladogen.errors import ConfigError
from cladogen.proposers.bandit import Bandit


def test_an_arm_that_gains_is_chosen_more_often() -> None:
    bandit = Bandit(["a", "b", "c"])
    for _ in range(200):
        bandit.tell("a", 1.0)
        bandit.tell("b", 0.1)
        bandit.tell("c", -5.0)
    chances = bandit.chances()
    assert chances["a"] > 2 * chances["b"] > 0
    assert chances["c"] >= 0.3 / 3 * 0.99, "the floor"


def test_what_gained_long_ago_is_forgotten() -> None:
    bandit = Bandit(["a", "b"], decay=0.98)
    for _ in range(200):
        bandit.tell("a", 1.0)
        bandit.tell("b", 0.0)
    for _ in range(200):
        bandit.tell("a", 0.0)
        bandit.tell("b", 1.0)
    assert bandit.chances()["b"] > bandit.chances()["a"]


def test_of_two_equal_gains_the_cheaper_arm_is_chosen() -> None:
    bandit = Bandit(["dear", "cheap"], prior=1.0)
    for _ in range(100):
        bandit.tell("dear", 0.5, 0.10)
        bandit.tell("cheap", 0.5, 0.01)
    chances = bandit.chances()
    assert chances["cheap"] > 3 * chances["dear"]


def test_an_unknown_cost_is_not_nothing() -> None:
    bandit = Bandit(["known", "unknown"], prior=1.0)
    for _ in range(100):
        bandit.tell("known", 0.5, 0.01)
        bandit.tell("unknown", 0.5, None)
    chances = bandit.chances()
    assert chances["unknown"] == pytest.approx(chances["known"], rel=0.2)


def test_fixed_weights_stay() -> None:
    bandit = Bandit(["a", "b"], weights={"a": 3.0}, learn=False)
    bandit.tell("b", 100.0)
    assert bandit.chances() == {"a": 0.75, "b": 0.25}


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(-1, 1), st.none() | st.floats(0, 10)),
        max_size=60,
    )
)
def test_chances_are_a_distribution_and_a_fold(
    tells: list[tuple[str, float, float | None]],
) -> None:
    one, two = Bandit("abc"), Bandit("abc")
    for tell in tells:
        one.tell(*tell)
        one.chances()
    for tell in tells:
        two.tell(*tell)
    assert one.chances() == two.chances()
    assert sum(one.chances().values()) == pytest.approx(1.0)
    assert all(chance > 0 for chance in one.chances().values())


def test_choosing_among_some_never_gives_another() -> None:
    bandit = Bandit("abc")
    rng = np.random.default_rng(0)
    assert {bandit.choose(rng, "bc") for _ in range(100)} == {"b", "c"}


def test_wrong_weights_are_refused() -> None:
    with pytest.raises(ConfigError, match="no such operator"):
        Bandit(["a"], weights={"b": 1.0})
    with pytest.raises(ConfigError, match="at least 0"):
        Bandit(["a"], weights={"a": -1.0})
    with pytest.raises(ConfigError, match="every operator"):
        Bandit(["a"], weights={"a": 0.0})


def test_arm_whose_last_answers_were_useless_keeps_a_probe_and_comes_back() -> None:
    bandit = Bandit(["good", "dead", "bad"])
    for _ in range(6):
        bandit.tell("good", 0.0)
        bandit.tell("bad", 0.0)
        bandit.tell("dead", 0.0, useful=False)
    chances = bandit.chances()
    assert 0 < chances["dead"] < 0.05 and bandit.dead("dead") and not bandit.dead("good")
    assert sum(chances.values()) == pytest.approx(1.0)
    bandit.tell("dead", 0.0)
    assert bandit.chances()["dead"] > 0.2


def test_while_every_arm_is_dead_none_is_left_out() -> None:
    bandit = Bandit(["one", "other", "shut"], weights={"shut": 0.0})
    for _ in range(9):
        bandit.tell("one", 0.0, useful=False)
        bandit.tell("other", 0.0, useful=False)
    assert min(bandit.chances()["one"], bandit.chances()["other"]) > 0.4
