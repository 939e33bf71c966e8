"""Operators on a search in C or C++: a longer search at its pace, and what it accepts meanwhile."""

from pathlib import Path

import numpy as np
import pytest

from cladogen.proposers.syntax.table import C, change, names_for

ROOT = Path(__file__).parents[2]
COURIER = (ROOT / "problems/courier/seed/solve.cpp").read_text()
CLIMB = """int climb(int way) {
  for (int step = 0; step < 200; ++step) {
    int moved = next(way, pow(0.9, step), 1 - step / (double)200, 200);
    if (moved <= way) way = moved;
    if (moved > 1000) break;
    if (step > way) continue;
  }
  return way;
}
"""


def drawn(name, text, tries=30):
    made = (change("a.cpp", name, text, None, np.random.default_rng(k)) for k in range(tries))
    return sorted({each for each in made if each is not None})


def test_longer_search_keeps_its_pace():
    found = drawn("stretch", CLIMB)
    assert len(found) == 3
    ten = next(text for text in found if "step < 2000;" in text)
    assert f"pow({0.9**0.1:.9g}, step), 1 - step / (double)2000, 200)" in ten


@pytest.mark.parametrize("limit", ["n", "999999999"])
def test_search_without_a_number_of_rounds_or_too_long_is_left_alone(limit):
    assert drawn("stretch", CLIMB.replace("step < 200;", f"step < {limit};")) == []


def test_search_takes_what_is_a_little_worse_until_its_last_round():
    found = drawn("accept", CLIMB)
    assert len(found) == 3
    for text in found:
        assert "if (moved <= way + 0." in text and "(1 - step / (double)200)) way = moved;" in text
        assert drawn("accept", text) == []  # once is enough
    up = drawn("accept", CLIMB.replace("moved <= way", "moved > way"))
    assert all("moved > way - 0." in text for text in up)


def test_only_a_test_that_a_search_moves_on_by_is_changed():
    text = CLIMB.replace("if (moved <= way) way = moved;", "way = moved;")
    assert all("if (moved <" not in each for each in drawn("accept", text))
    assert drawn("accept", "void f(int a) { if (a < 3) a = 4; }\n") == []


def test_courier_is_changed_by_both_within_the_longest_line():
    assert {"stretch", "accept"} <= set(C) <= set(names_for({"solve.cpp": COURIER}))
    for name in ("stretch", "accept"):
        made = drawn(name, COURIER)
        assert len(made) == 3 and max(len(row) for each in made for row in each.splitlines()) <= 110
