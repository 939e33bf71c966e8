"""Values in words: short, with what matters, and cheap for the largest."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cladogen.evaluators.preview import preview, shortened

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=9), inner, max_size=8)
    ),
    max_leaves=60,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "3"),
        (0.1 + 0.2, "0.3"),
        (True, "true"),
        ("two\nlines", '"two\\nlines"'),
        ([[1, "a"], [2.5, None]], '[[1, "a"], [2.5, null]]'),
        (np.array([[1.0, 2.0], [3.0, 1 / 3]]), "array of 2 x 2: [[1, 2], [3, 0.333333]]"),
        (np.zeros(3), "array of 3: [0, 0, 0]"),
        ({"name": "gcd", "tests": [{"args": [4, 6]}]}, 'name: "gcd"\ntests: [{"args": [4, 6]}]'),
        ({"source": "def f():\n    return 1\n"}, "source:\n    def f():\n        return 1"),
    ],
)
def test_values_read_as_a_person_would_write_them(value, words):
    assert preview(value, 500) == words


def test_long_value_keeps_its_head_and_tail():
    words = preview(list(range(200)), 100)
    assert words.startswith("[0, 1, 2") and words.endswith("198, 199]") and "left out" in words


def test_long_text_of_a_table_leaves_room_for_the_other_keys():
    words = preview({"source": "line\n" * 1000, "tries": 30}, 400)
    assert words.endswith("tries: 30") and len(words) < 700


def test_only_the_beginning_of_a_long_list_is_looked_at():
    class Watched(list):
        seen = 0

        def __getitem__(self, at):
            assert isinstance(at, slice) and at.stop <= 200
            return list.__getitem__(self, at)

    assert preview(Watched(range(10**6)), 100)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(VALUES, st.integers(60, 800))
def test_any_value_is_cut_to_its_length(value, characters):
    many = len(value) if isinstance(value, dict) else 1
    assert len(preview(value, characters)) <= 1.5 * characters + 120 * many


def test_what_is_cut_anyway_is_shortened_to_its_head_and_what_is_whole_stays():
    value = {"capacity": 8, "places": list(range(150)), "source": "def f():\n    return 1\n"}
    text = preview(value, 300)
    short = shortened(text, 40)
    head = "places: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1"
    assert short.splitlines()[:2] == ["capacity: 8", short.splitlines()[1]]
    assert re.fullmatch(
        re.escape(head) + r" \.\.\. \((\d+) characters left out\) \.\.\.", short.splitlines()[1]
    )
    whole = f"places: {value['places']}"
    assert f"({len(whole) - 40} characters left out)" in short
    assert short.splitlines()[2:] == text.splitlines()[2:]
    assert shortened(preview(value, 5000), 40) == preview(value, 5000)
