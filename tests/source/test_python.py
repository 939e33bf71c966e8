"""Python texts as syntax trees: one error for all that cannot be read, and none for what can."""

from __future__ import annotations

import ast
import gc

import pytest

from cladogen.source.python import python_tree

GOOD = "def f(x):\n    return " + " + ".join(["(x * 2 - 1)"] * 300) + "\n"


class Garbage:
    """A cycle whose finalizer parses, as a report of an unclosed file does."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        ast.parse("a = [1, (2, 3)]\n" * 3)


@pytest.fixture
def eager_collector():
    before = gc.get_threshold()
    gc.set_threshold(5, 1, 1)
    yield
    gc.set_threshold(*before)


def test_finalizer_that_parses_in_the_middle_of_a_parse_costs_no_good_text(eager_collector):
    for _ in range(30):
        Garbage()
        assert isinstance(python_tree(GOOD), ast.Module)


@pytest.mark.parametrize("text", ["def f(:", "x = 1\0", "(" * 5000, "9" * 5000, "\udc80"])
def test_text_that_cannot_be_read_is_a_syntax_error(text):
    with pytest.raises(SyntaxError):
        python_tree(text)
