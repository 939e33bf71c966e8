"""Edits in few words: lines with signs and no header, a sentence, tags of other names; and what cuts them short."""

from __future__ import annotations

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

SOLVER = '''"""Tours."""

import math

ROUNDS = 200
SEED = 7


def dist(p, q):
    return math.hypot(p[0] - q[0], p[1] - q[1])


def improve(tour):
    best = list(tour)
    for _ in range(ROUNDS):
        best.sort()
    return best


def solve(points):
    return improve(points)
'''
KERNEL = """#include <cstddef>

static void inner(const float* a, float* c, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) c[i] = a[i];
}

extern "C" void copy(const float* a, float* c, std::size_t n) {
    inner(a, c, n);
}
"""
F = "```"
BASE = Program.of(
    {
        "solver.py": File(SOLVER.encode()),
        "config.json": File(b'{"restarts": 3}\n'),
        "scorer.py": File(b"from solver import solve\nprint(solve([1]))\n"),
    }
)
SEEDED = SOLVER.replace("SEED = 7", "SEED = 11")


def after(reply: str) -> str:
    return apply_reply(BASE, reply, ended=True).program.text("solver.py")


def refusal(reply: str) -> str:
    with pytest.raises(PatchRefused) as caught:
        after(reply)
    return str(caught.value)


@pytest.mark.parametrize(
    "reply",
    [
        f"{F}\n-SEED = 7\n+SEED = 11\n{F}\n",
        f"Here is the diff:\n{F}\n- SEED = 7\n+ SEED = 11\n{F}\n",
        f"{F}python\n# solver.py\n-SEED = 7\n+SEED = 11\n{F}\n",
        f"In `solver.py`:\n{F}python\n ROUNDS = 200\n-SEED = 7\n+SEED = 11\n{F}\n",
        "Change `SEED = 7` to `SEED = 11` in `solver.py`.",
        "Change `SEED = 7` to `SEED = 11`.",
        "Change `SEED = 7` to `SEED = 11`, with `math` as it is.",
        "In the head, replace `= 7` with `= 11`.",
        "<change>\n<file>solver.py</file>\n<before>SEED = 7</before>\n<after>SEED = 11</after>\n</change>",
        '<edit file="solver.py">\n<old_code>\nSEED = 7\n</old_code>\n<new_code>\nSEED = 11\n</new_code>\n</edit>',
    ],
)
def test_edit_in_few_words_is_made(reply: str) -> None:
    assert after(reply) == SEEDED


def test_list_with_dashes_is_no_diff() -> None:
    base = Program.of({"a.yaml": File(b"one:\n- first\n- second\n")})
    reply = f"a.yaml\n{F}yaml\none:\n- first\n- third\n{F}\n"
    assert apply_reply(base, reply).program.text("a.yaml") == "one:\n- first\n- third\n"


def test_file_that_a_sentence_names_behind_is_the_one_that_counts() -> None:
    base = Program.of({"a.py": File(b"X = 1\n"), "b.py": File(b"X = 1\n")})
    made = apply_reply(base, "Change `X = 1` to `X = 2` in `b.py`.").program
    assert (made.text("a.py"), made.text("b.py")) == ("X = 1\n", "X = 2\n")


def test_context_diff_that_shows_its_unchanged_lines_on_both_sides_is_made() -> None:
    lines = "*** 5,6 ****\n! ROUNDS = 200\n  SEED = 7\n--- 5,6 ----\n! ROUNDS = 300\n  SEED = 7"
    reply = f"{F}diff\n*** solver.py\n--- solver.py\n***************\n{lines}\n{F}\n"
    base = Program.of({"solver.py": File(SOLVER.encode())})
    made = apply_reply(base, reply).program.text("solver.py")
    assert made == SOLVER.replace("ROUNDS = 200", "ROUNDS = 300")


def test_beginning_of_a_file_that_ends_within_a_function_is_refused() -> None:
    cut = SOLVER[: SOLVER.index("list(tour)") + 2].replace("200", "300")
    assert "ends within improve" in refusal(f"solver.py\n{F}python\n{cut}\n{F}\n")


def test_pointer_that_may_not_alias_is_of_the_same_type() -> None:
    new = KERNEL[KERNEL.index("static") : KERNEL.index("extern")].replace(
        "float*", "float* __restrict"
    )
    base = Program.of(
        {"k.cpp": File(KERNEL.encode()), "main.cpp": File(b'extern "C" void copy();\n')}
    )
    made = apply_reply(base, f"{F}cpp\n// k.cpp\n{new}{F}\n").program.text("k.cpp")
    assert made.count("inner(") == 2
    assert "float* __restrict a" in made


def test_indented_edit_beside_a_fence_is_not_left_out() -> None:
    indented = "In solver.py replace:\n\n    ROUNDS = 200\n\nwith:\n\n    ROUNDS = 300\n"
    fenced = f"{F}diff\n--- a/solver.py\n+++ b/solver.py\n@@\n-SEED = 7\n+SEED = 11\n{F}\n"
    wanted = SEEDED.replace("ROUNDS = 200", "ROUNDS = 300")
    assert after(f"{indented}\nand\n\n{fenced}") == wanted
    assert after(f"{fenced}\n{indented}") == wanted
    shown = f"{F}text\nreplace:\n\n    ROUNDS = 200\n\nwith:\n\n    ROUNDS = 300\n{F}\n"
    assert "ROUNDS = 200" in after(f"{fenced}\nA form:\n\n{shown}")
