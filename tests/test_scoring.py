"""What a scorer is given to check an output with."""

import time

import numpy as np
import pytest

from cladogen.scoring import Invalid, array, integers, number, program_size, token_count


@pytest.mark.parametrize(
    "value", [[[1, 2.5], [3, 4]], np.array([[1, 2], [3, 4]]), np.ones((2, 2), np.float32)]
)
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


HIDDEN = "total = total + weight[k] * item;" * 40


@pytest.mark.parametrize(
    "text",
    [f"exec({HIDDEN!r})", f'"""{HIDDEN}"""\nexec(__doc__)', f"# {HIDDEN}\nimport importlib\n"],
)
def test_program_that_hides_in_a_text_or_in_a_comment_is_not_small(text):
    assert program_size(text) > 150


def test_text_and_number_count_by_their_length():
    assert program_size("name = 'near'") == program_size("name = 7") == 3
    assert program_size(f"name = {'x' * 80!r}") == program_size(f"name = {2**639}") == 12


def test_tokens_are_those_of_the_compiler():
    assert token_count("int a = 1'000; // an int\n/* two\nlines */ char b = '\"';") == 10
    assert token_count('f(R"x(a " // b)x", 0x1F, 1e-3);') == 10
    assert token_count("// goes on \\\nhere") == 0


@pytest.mark.parametrize(
    "opening", ['const char *s = "//";', "char c = '\"'; int i = 0;", 'auto s = R"(/*)";']
)
def test_code_behind_what_looks_like_a_comment_counts(opening):
    assert token_count(opening + HIDDEN) == token_count(opening) + token_count(HIDDEN)


@pytest.mark.parametrize("opening", ["/*", '"', 'R"(', "'", "1'", '"\\', "//\\\n", "1e+"])
def test_tokens_of_a_text_of_openings_are_counted_at_once(opening):
    before = time.process_time()
    token_count(opening * (200_000 // len(opening)))
    assert time.process_time() - before < 3.0
