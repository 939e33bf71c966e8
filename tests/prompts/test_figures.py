"""Numbers with the digits that tell them apart."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladogen.prompts.figures import digits_for, figure, figures, rounded

NUMBERS = st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-9)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([2.442293485, 2.5], ["2.442", "2.5"]),
        ([2.635983084, 2.635983099], ["2.63598308", "2.6359831"]),
        ([1.0, 1.0 + 1e-15], ["1", "1"]),
        ([6.94e-18, -1.4e-17], ["0", "0"]),
        ([80982.6667, 1.0], ["80983", "1"]),
        ([19842.0, 19843.0], ["19842", "19843"]),
        ([], []),
    ],
)
def test_as_many_digits_as_tell_neighbours_apart_and_rounding_noise_is_0(values, words):
    assert figures(values) == words


def test_a_number_is_also_told_apart_from_those_it_stands_among():
    assert figures([2.63598], [2.635981]) == ["2.63598"] and digits_for([2.63598, 2.635981]) == 7


@given(st.lists(NUMBERS, min_size=2, max_size=8))
def test_numbers_that_differ_read_differently_and_in_their_order(values):
    shown = dict(zip(values, figures(values), strict=True))
    ordered = sorted(shown)
    for low, high in pairwise(ordered):
        apart = high - low > 1e-13 * max(1.0, abs(high))
        assert (
            float(shown[low]) < float(shown[high])
            if apart
            else float(shown[low]) <= float(shown[high])
        )


NEARLY = st.builds(
    lambda base, step, times: base + step * times,
    st.sampled_from([0.0, 1.0, -3.5, 2.635983, 1e15]),
    st.sampled_from([0.0, 1e-16, 1e-13, 1e-10, 1e-7, 1e-4, 1.0]),
    st.floats(-4.0, 4.0),
)


@given(st.lists(NEARLY, max_size=4), st.lists(NEARLY, max_size=20), st.sampled_from([4, 6]))
def test_digits_are_the_first_with_which_all_neighbours_read_differently(values, among, least):
    def told_apart(distinct, digits, rounding):
        return all(
            f"{low:.{digits}g}" != f"{high:.{digits}g}"
            for low, high in pairwise(sorted(distinct))
            if high - low > rounding * max(1.0, abs(high))
        )

    def first(distinct, rounding):
        return next((d for d in range(least, 15) if told_apart(distinct, d, rounding)), 15)

    shown, every = set(map(rounded, values)), set(map(rounded, [*values, *among]))
    assert digits_for(values, among, least) == max(first(shown, 1e-14), first(every, 1e-9))


@given(NUMBERS)
def test_a_figure_is_near_its_number(value):
    assert math.isclose(float(figure(value, 6)), value, rel_tol=1e-5, abs_tol=1e-13)
