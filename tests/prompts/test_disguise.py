"""What a model sees has other names where that is wanted, and its answer is read with the program's own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladogen.prompts.disguise import NO_DISGUISE, Disguise, defined

PYTHON = '''import numpy as np
from collections import deque

BIN_SIZE = 100


class BinState:
    """Bins of one case."""

    def __init__(self, items):
        self.open_bins = deque(items)

    def _widest(self, start=0):
        for value in self.open_bins:
            yield np.max(value, axis=0)


def first_fit(items):
    return [BinState(items), sorted(items, key=len)]
'''
FILES = ["packing/first_fit.py"]


@pytest.fixture
def disguise():
    return Disguise(defined("packing/first_fit.py", PYTHON), FILES, [PYTHON])


def test_code_is_shown_without_one_of_its_own_names_and_those_of_others_stay(disguise):
    hidden = disguise.hide(f"```python\n{PYTHON}```")
    own = ("BIN_SIZE", "BinState", "open_bins", "_widest", "first_fit", "items", "value")
    assert not [name for name in own if re.search(rf"\b{name}\b", hidden)]
    kept = ("numpy", "deque", "sorted", "key", "axis", "len", "__init__", "self")
    assert all(re.search(rf"\b{name}\b", hidden) for name in kept)
    assert re.search(r"class Sym_\d+:", hidden) and re.search(r"^SYM_\d+ = 100", hidden, re.M)
    assert re.search(r"def _sym_\d+\(self", hidden)


def test_diff_of_the_disguised_program_is_a_diff_of_the_program(disguise):
    diff = "--- a/packing/first_fit.py\n+++ b/packing/first_fit.py\n@@ -4 +4 @@\n-BIN_SIZE = 100\n+BIN_SIZE = 50\n"
    hidden = disguise.hide(f"```diff\n{diff}```")
    assert "packing" not in hidden and "first_fit" not in hidden and "BIN_SIZE" not in hidden
    assert disguise.reveal(hidden) == f"```diff\n{diff}```"


def test_prose_keeps_its_words_and_loses_names_that_are_none(disguise):
    said = "Change `items` in first_fit.py: the items of packing/ are many; BinState holds them."
    hidden = disguise.hide(said)
    assert "the items of" in hidden and "`items`" not in hidden
    assert "first_fit" not in hidden and "packing/" not in hidden and "BinState" not in hidden
    assert disguise.reveal(hidden) == said


def test_hiding_twice_is_hiding_once(disguise):
    once = disguise.hide(f"see first_fit.py\n```python\n{PYTHON}```")
    assert disguise.hide(once) == once


def test_alias_that_a_program_has_already_is_not_taken():
    text = "def sym_1(first_value):\n    return first_value\n"
    disguise = Disguise(defined("a.py", text), [], [text])
    shown = disguise.hide(f"```\n{text}```")
    assert "symx_" in shown and disguise.reveal(shown) == f"```\n{text}```"


@given(
    st.lists(
        st.sampled_from(
            [
                "items",
                "first_fit",
                "BinState",
                "x",
                " ",
                "\n",
                "`",
                "```\n",
                ".",
                "/",
                "_",
                "sym",
                "packing/",
            ]
        ),
        max_size=40,
    )
)
def test_whatever_is_hidden_is_revealed_as_it_was(parts):
    disguise = Disguise(defined("packing/first_fit.py", PYTHON), FILES, [PYTHON])
    text = "".join(parts)
    assert disguise.reveal(disguise.hide(text)) == text


def test_other_languages_hide_what_their_outline_shows():
    text = "int widest_bin(int x) {\n    return x;\n}\n"
    assert "widest_bin" in set(defined("solve.cpp", text))
    assert not set(defined("notes.txt", "widest_bin is here"))


def test_nothing_is_changed_without_the_option():
    assert NO_DISGUISE.hide(PYTHON) == PYTHON == NO_DISGUISE.reveal(PYTHON)
