"""What a scorer is given to check an output with."""

import numpy as np
import pytest

from cladogen.scoring import Invalid, array, integers, number, program_size


@pytest.mark.parametrize("value", [[[1, 2.5], [3, 4]], np.array([[1, 2], [3, 4]]), np.ones((2, 2), np.float32)])
def test_lists_and_arrays_of_numbers_become_doubles(value):
    assert array(value, (2, None)).dtype == np.float64


@pytest.mark.parametrize(
    "value",
    [
        None, True, "1", {}, [], [1, 2], [[1], [2, 3]], [[1, True], [0, 0]], [[1, float("nan")], [0, 0]],
        [[1, None], [1, 1]],
        np.array([[True, False], [True, True]]), np.array([[1, np.inf], [0, 0]]), np.array([[1j, 1], [0, 0]]),
        np.array([["a", "b"], ["c", "d"]]), np.zeros((2, 3)), [[10**400, 1], [0, 0]], [[[1], [2]], [[3], [4]]],
    ],
)  # fmt: skip
def test_anything_else_is_invalid(value):
    with pytest.raises(Invalid):
        array(value, (2, 2))


def test_integers_are_exact_and_in_range():
    assert integers([1, 2, 3], (3,), 1, 3).tolist() == [1, 2, 3]
    for value in ([1.0, 2.0, 3.0], [0, 1, 2], [1, 2, 4], [1, 2, True], np.array([1.0, 2.0, 3.0])):
        with pytest.raises(Invalid):
            integers(value, (3,), 1, 3)


def test_number_refuses_what_python_would_convert():
    assert number(3) == 3.0
    for value in (True, "3", [3], None, float("inf"), 10**400):
        with pytest.raises(Invalid):
            number(value)


def test_size_counts_what_computes_and_not_how_it_is_written():
    bare = "def f(a):\n    return a + 1\n"
    assert program_size(bare) == program_size(
        '"""Text."""\nimport math\n\n\ndef f(a):\n    """Text."""\n    return (a\n      + 1)  # more\n'
    )
    assert program_size("def f(a):\n    return a + 1 + 2\n") == program_size(bare) + 2
    with pytest.raises(Invalid, match="not readable as Python"):
        program_size("def f(:")


def test_text_whose_syntax_tree_would_not_fit_in_memory_is_invalid():
    with pytest.raises(Invalid, match="characters"):
        program_size("x = [" + "0," * (1 << 20) + "]")
