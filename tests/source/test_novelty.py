"""Equal programs are found out before they are evaluated, and different ones are not taken for equal."""

from __future__ import annotations

import pytest

from cladogen.program import File, Program
from cladogen.source.novelty import Sketches, canonical

TEXT = '''"""A module."""
import numpy as np


def f(x, k=2):
    """Say something."""
    half = x / 2  # comment
    return np.sqrt(half) + k
'''


def key(text: str, path: str = "f.py") -> bytes:
    return canonical(Program.of({path: File(text.encode())}))


SAME = {
    "formatting": TEXT.replace("x / 2", "( x/2 )"),
    "comments and docstrings": TEXT.replace("# comment", "# other").replace(
        "Say something.", "Say more."
    ),
    "a local's name": TEXT.replace("half", "part"),
    "annotations": TEXT.replace("def f(x, k=2):", "def f(x: float, k: int = 2) -> float:"),
    "empty lines": TEXT.replace("    return", "\n\n    return"),
    "folded constants": TEXT.replace("x / 2", "x / (1 + 1)"),
}
DIFFERENT = {
    "a number": TEXT.replace("x / 2", "x / 3"),
    "a number's type": TEXT.replace("x / 2", "x / 2.0"),
    "a parameter's name": TEXT.replace("x", "y"),
    "a default": TEXT.replace("k=2", "k=3"),
    "a function": TEXT.replace("np.sqrt", "np.cbrt"),
    "order": TEXT.replace("np.sqrt(half) + k", "k + np.sqrt(half)"),
    "true for one": TEXT.replace("+ k", "+ True"),
    "a sign of zero": TEXT.replace("x / 2", "x * -0.0"),
}


@pytest.mark.parametrize("what", SAME)
def test_programs_that_differ_only_in_this_are_one(what: str) -> None:
    assert SAME[what] != TEXT
    assert key(SAME[what]) == key(TEXT)


@pytest.mark.parametrize("what", DIFFERENT)
def test_programs_that_differ_in_this_are_two(what: str) -> None:
    assert key(DIFFERENT[what]) != key(TEXT)
    assert len({key(text) for text in DIFFERENT.values()}) == len(DIFFERENT)


def test_names_of_locals_count_where_code_reads_names() -> None:
    text = "def f():\n    a = 1\n    return locals()\n"
    assert key(text) != key(text.replace("a =", "b ="))


def test_files_that_do_not_compile_or_are_not_python_are_text() -> None:
    assert key("def f(:\n") == key("def f(:   \n\n")
    assert key("x = 1;  \n\n", "a.cpp") == key("x = 1;\n", "a.cpp")
    assert key("x = 1;\n", "a.cpp") != key("y = 1;\n", "a.cpp")


def test_where_a_file_stands_counts_and_what_may_not_change_does_not() -> None:
    one = Program.of({"a.py": File(b"x = 1\n"), "b.py": File(b"y = 1\n")})
    two = one.replace({"b.py": b"y = 2\n"})
    assert canonical(one) != canonical(two)
    assert canonical(one, ["a.py"]) == canonical(two, ["a.py"])
    assert key("x = 1\n", "a.py") != key("x = 1\n", "b.py")


def test_near_duplicates_are_found_by_their_sketch() -> None:
    known = Sketches()
    assert known.nearest(Program.of({"f.py": File(TEXT.encode())})) is None
    for number in range(70):
        body = "".join(f"    z{number} = {place} * x + {number}\n" for place in range(20))
        known.add(number, Program.of({"f.py": File(f"def g(x):\n{body}".encode())}))
    known.add(70, Program.of({"f.py": File(TEXT.encode())}))
    near = known.nearest(Program.of({"f.py": File(TEXT.replace("x / 2", "x / 3").encode())}))
    assert near is not None
    assert near[0] == 70
    assert 0.5 < near[1] < 1.0
    assert known.nearest(Program.of({"f.py": File(TEXT.encode())})) == (70, 1.0)
