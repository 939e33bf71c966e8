"""Doubles as integers, and convolutions without rounding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladogen.kernels.exact import convolution, grid

INTEGERS = st.lists(st.integers(-(2**70), 2**70), min_size=1, max_size=12)


@given(INTEGERS, INTEGERS)
def test_convolution_is_the_sum_of_products(left, right):
    wanted = [0] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            wanted[i + j] += a * b
    assert convolution(left, right) == wanted


@given(st.lists(st.floats(2.0**-8, 1.0), min_size=1, max_size=8))
def test_grid_keeps_doubles_as_they_are(values):
    integers, one = grid(np.array([*values, 1.0]))
    assert [integer / one for integer in integers.tolist()] == [*values, 1.0]
    assert abs(integers).max() < 2**61


@pytest.mark.parametrize("values", [[np.nan], [np.inf], [2.0**61]])
def test_values_off_the_grid_are_refused(values):
    with pytest.raises(ValueError, match="finite and below"):
        grid(np.array(values))


def test_grid_of_tiny_values_and_of_zeros_is_finite():
    assert grid(np.zeros(3))[0].tolist() == [0, 0, 0]
    assert grid(np.array([5e-324]))[0].tolist() == [0]
