"""The operator that gives a sum one more term: what it makes runs, and fits any unit."""

from pathlib import Path

import numpy as np

from cladogen.problem import load
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.syntax.table import NAMES, change, names_for

ROOT = Path(__file__).parents[2]
SUM = """import numpy as np


def law(a, b):
    found = a + b
    return found
"""


def drawn(text, count=80, name="term"):
    made = (change("a.py", name, text, None, np.random.default_rng(k)) for k in range(count))
    return [each for each in made if each is not None]


def run(text, *given):
    space = {}
    exec(text, space)
    with np.errstate(all="ignore"):
        return space["law"](*given)


def test_term_is_added_exchanged_or_multiplied_and_runs_in_any_unit():
    found = drawn(SUM)
    assert len(found) == 80 and len(set(found)) > 60
    for unit in (1.0, 1e-6, 300.0):
        a, b = unit * np.linspace(0.5, 2.0, 20), unit * np.linspace(2.0, 1.0, 20) ** 2
        values = [run(text, a, b) for text in found]
        assert all(each.shape == (20,) for each in values)
        assert sum(bool(np.isfinite(each).all()) for each in values) > 60
    changed = [text.splitlines()[4].strip() for text in found]
    assert any(line.startswith("found = a + b +") for line in changed)
    assert any(line.startswith("found = a + b -") for line in changed)
    assert any(not line.startswith("found = a + b") for line in changed)
    assert any("np.mean(" in line for line in changed)


def test_term_stands_only_beside_arrays_of_its_own_shape():
    text = SUM.replace("found = a + b", "found = a.sum() + 1.0").replace("a, b", "a")
    assert all("found = a.sum() + 1.0" in each for each in drawn(text, 20))
    assert drawn("def law(a):\n    return a + 1\n", 20) == []  # without NumPy there are no arrays


def test_several_terms_are_added_at_once_up_to_a_number_of_them():
    found = drawn(SUM, name="terms")
    assert len(set(found)) == 80
    assert all("a + b + " in text or "return found + " in text for text in found)
    a, b = np.linspace(0.5, 2.0, 20), np.linspace(2.0, 1.0, 20)
    assert all(run(text, a, b).shape == (20,) for text in found)
    many = SUM.replace("a + b", " + ".join(["a", "b"] * 12))
    assert drawn(many, name="terms") == [] and drawn(many) != []


def test_only_programs_that_add_variables_up_have_this_operator():
    assert names_for({"a.py": SUM}) == (*NAMES, "term", "terms")
    assert "term" not in names_for({"a.py": SUM.replace("a + b", "a - b + 1.5 * a")})
    assert "term" in Mutate(load(ROOT / "problems/symbolic_regression")).bandit.arms
    for name in ("online_bin_packing", "cap_set", "heilbronn"):
        assert "term" not in Mutate(load(ROOT / "problems" / name)).bandit.arms
