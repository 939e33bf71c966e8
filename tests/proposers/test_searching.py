"""Operators on searches and curves: a longer search at its pace, what it accepts, and a table."""

import re
from pathlib import Path

import numpy as np
import pytest

from cladogen.problem import load
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.syntax.table import CURVES, NAMES, SEARCHES, change, names_for

ROOT = Path(__file__).parents[2]
CLIMB = """import numpy as np


def climb(start):
    rng = np.random.default_rng(0)
    best, value = start, cost(start)
    for step in range(200):
        moved = best + 0.9**step * (1 - step / 200) * rng.normal()
        new = cost(moved)
        if new < value:
            best, value = moved, new
    return best


def cost(x):
    return (x - 3) ** 2
"""
CURVE = """import numpy as np


def curve():
    x = np.linspace(0.0, 1.0, 40)
    return 1.0 + x
"""


def drawn(name, text, tries=30):
    """Return everything that an operator makes of a text."""
    made = (change("a.py", name, text, None, np.random.default_rng(k)) for k in range(tries))
    return sorted({each for each in made if each is not None})


def run(text, name, *given):
    space = {}
    exec(text, space)
    return space[name](*given)


def test_longer_search_keeps_its_pace():
    found = drawn("stretch", CLIMB)
    assert len(found) == 3
    assert all(f"range({200 * factor})" in "".join(found) for factor in (3, 10, 30))
    ten = next(text for text in found if "range(2000)" in text)
    assert "step / 2000)" in ten and f"{0.9**0.1:.9g}**step" in ten
    assert "default_rng(0)" in ten and "** 2" in ten


def test_search_is_not_made_longer_without_end():
    text = CLIMB.replace("range(200)", "range(9000000)")
    assert drawn("stretch", text) == []


@pytest.mark.parametrize(
    ("seeded", "wanted"),
    [
        ("np.random.default_rng(0)", r"np\.random\.default_rng\((\d+)\)"),
        ("np.random.RandomState(7)", r"np\.random\.RandomState\((\d+)\)"),
        ("np.random.default_rng([0, 3])", None),
        ("np.random.default_rng()", None),
        ("np.random.default_rng(len('0'))", None),
        ("np.random.default_rng(0.5)", None),
    ],
)
def test_search_draws_other_random_numbers_where_its_seed_is_a_number(seeded, wanted):
    text = CLIMB.replace("np.random.default_rng(0)", seeded)
    found = drawn("reseed", text)
    if wanted is None:
        assert found == []
        return
    first, second = text.split(seeded)
    for each in found:
        seed = re.fullmatch(re.escape(first) + wanted + re.escape(second), each)
        assert seed and 0 <= int(seed[1]) < 1000 and each != text
    assert len(found) > 20


def test_search_takes_what_is_a_little_worse_until_its_last_round():
    found = drawn("accept", CLIMB)
    assert len(found) == 3
    for text in found:
        assert " * abs(value) * (1 - step / 200) ** 2:" in text and "new < value + 0." in text
        assert abs(run(text, "climb", 9.0) - 3) < 6.0
        assert drawn("accept", text) == []  # once is enough


@pytest.mark.parametrize(
    "text",
    [
        CLIMB.replace("if new < value:", "if new < 5.0:"),
        CLIMB.replace("if new < value:", "while new < value:"),
        CLIMB.replace("for step in range(200)", "for step in [1, 2]"),
        "def f(x):\n    if x > 1:\n        x = 2\n    return x\n",
    ],
)
def test_what_is_no_search_for_something_better_is_left_alone(text):
    assert drawn("accept", text) == []


def test_array_is_bent_along_its_length_by_a_table_of_factors():
    found = drawn("bend", CURVE)
    assert found
    for text in found:
        values = run(text, "curve")
        assert values.shape == (40,) and not np.allclose(values, run(CURVE, "curve"))
        assert np.abs(np.log(values / run(CURVE, "curve"))).max() < 0.6
        assert "knots = [" in text and max(map(len, text.splitlines())) <= 110
    twice = [more for text in found[:4] for more in drawn("bend", text, 8)]
    assert any("knots2 = [" in text for text in twice)


def test_programs_without_a_search_or_a_curve_have_no_such_operators():
    assert names_for({"a.py": "x = 1\n"}) == NAMES
    assert names_for({"a.py": CLIMB}) == (*NAMES, *SEARCHES)
    assert names_for({"a.py": CURVE, "b.txt": CLIMB}) == (*NAMES, *CURVES)
    bins = Mutate(load(ROOT / "problems/online_bin_packing"))
    assert not {*SEARCHES, *CURVES} & set(bins.bandit.arms)
    assert set(SEARCHES) < set(Mutate(load(ROOT / "problems/heilbronn")).bandit.arms)
